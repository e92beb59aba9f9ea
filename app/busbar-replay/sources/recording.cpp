#include "busbar-replay/sources/recording.h"

#include "busbar-replay/sources/unpack.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace busbar::replay {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxBytes = 512ULL * 1024 * 1024; // Unpacked: a day of eight GPUs at 10 Hz is about half of it.
constexpr std::int64_t kMaxMs = 7 * 86'400'000LL;

std::string textOf(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>().substr(0, kMaxTextLength) : std::string();
}

std::int64_t numberOf(const Json& object, const char* key, std::int64_t fallback) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : fallback;
}

template <typename Enum>
Enum wordOf(const std::string& word, Enum last) {
    for (int value = 0; value <= static_cast<int>(last); ++value)
        if (toString(static_cast<Enum>(value)) == word) return static_cast<Enum>(value);
    return Enum::unknown;
}

} // namespace

/// Takes the lines in; the first refusal of a line is its answer.
class Recording::Reader {
public:
    explicit Reader(Recording& to) : m_to(to) {}

    Status header(const Json& line) {
        if (!line.is_object() || numberOf(line, "busbar_recording", 0) != 1) return invalid("its first line is not the header of a recording of version 1");
        m_to.m_node = textOf(line, "node");
        m_to.m_source = wordOf(textOf(line, "source"), Source::simulated);
        if (m_to.m_source == Source::live) m_to.m_source = Source::replayed;
        if (m_to.m_source == Source::unknown) return invalid("its source '{}' is neither live, replayed nor simulated", textOf(line, "source"));
        m_to.m_driver = textOf(line, "driver");
        m_to.m_start = textOf(line, "start");
        if (const auto said = line.find("provenance"); said != line.end() && said->is_array())
            for (const Json& sentence : *said)
                if (sentence.is_string() && m_to.m_provenance.size() < kMaxItemsPerList) m_to.m_provenance.push_back(sentence.get<std::string>().substr(0, kMaxTextLength));
        if (const auto lacks = line.find("unsupported"); lacks != line.end() && lacks->is_object())
            for (const auto& [key, why] : lacks->items())
                if (const auto metric = parseMetric(key); metric && why.is_string()) m_to.m_unsupported[*metric] = why.get<std::string>().substr(0, kMaxTextLength);
        return node(line);
    }

    bool line(const Json& line) {
        if (!line.is_object()) return false;
        const std::int64_t ms = numberOf(line, "t", -1);
        if (ms < m_to.m_lengthMs || ms > kMaxMs) return false;
        if (const auto values = line.find("values"); values != line.end() && !take(*values, ms)) return false;
        if (const auto event = line.find("event"); event != line.end() && !happen(*event, ms)) return false;
        if (line.contains("end")) m_to.m_end = textOf(line, "end");
        m_to.m_lengthMs = ms;
        return true;
    }

    void finish() {
        for (const MetricInfo& info : allMetrics()) {
            const bool controllers = info.metric == Metric::health || info.metric == Metric::occupancy || info.metric == Metric::lease || info.metric == Metric::lastXid;
            if (!controllers && !m_to.m_changes.contains(info.metric)) m_to.m_unsupported.try_emplace(info.metric, "not in the recording");
        }
    }

private:
    Status node(const Json& line) {
        ModelNode node;
        node.name = m_to.m_options.prefix + m_to.m_node.substr(m_to.m_node.find('/') + 1);
        if (!isValidName(node.name)) return invalid("its node '{}' is no valid name", m_to.m_node);
        node.place = placeOf(0, 8);
        const auto gpus = line.find("gpus");
        if (gpus == line.end() || !gpus->is_array() || gpus->empty() || gpus->size() > kMaxGpusPerNode) return invalid("its header names no GPU, or more than {}", kMaxGpusPerNode);
        for (const Json& from : *gpus) {
            ModelGpu gpu;
            gpu.identity = {textOf(from, "pci_address"), textOf(from, "uuid"), textOf(from, "model"), "", textOf(from, "vbios"), std::clamp<std::int64_t>(numberOf(from, "memory_mib", 0), 0, 1 << 30), static_cast<int>(node.gpus.size())};
            node.gpus.push_back(std::move(gpu));
        }
        m_to.m_fleet.nodes.push_back(std::move(node));
        return absl::OkStatus();
    }

    bool take(const Json& values, std::int64_t ms) {
        if (!values.is_object()) return false;
        std::map<Metric, std::vector<std::int64_t>> taken;
        for (const auto& [key, list] : values.items()) {
            const auto metric = parseMetric(key);
            if (!metric) continue; // A newer recorder's.
            if (!list.is_array() || list.size() != m_to.m_fleet.nodes.front().gpus.size()) return false;
            for (const Json& value : list) {
                if (!value.is_number_integer() || value.get<std::int64_t>() < kNotRead || value.get<std::int64_t>() > maxValue(*metric)) return false;
                taken[*metric].push_back(value.get<std::int64_t>());
            }
        }
        for (auto& [metric, column] : taken) m_to.m_changes[metric].push_back({ms, std::move(column)});
        ++m_to.m_count;
        return true;
    }

    bool happen(const Json& from, std::int64_t ms) {
        if (!from.is_object()) return false;
        FleetEvent event;
        event.kind = wordOf(textOf(from, "kind"), EventKind::sxid);
        event.severity = static_cast<int>(std::clamp<std::int64_t>(numberOf(from, "severity", 0), 0, 3));
        event.gpu = static_cast<int>(std::clamp<std::int64_t>(numberOf(from, "gpu", -1), -1, static_cast<std::int64_t>(m_to.m_fleet.nodes.front().gpus.size()) - 1));
        event.xid = static_cast<int>(std::clamp<std::int64_t>(numberOf(from, "xid", 0), 0, 65'535));
        event.text = textOf(from, "text");
        if (event.kind == EventKind::unknown) return false;
        m_to.m_events.push_back({ms, std::move(event)});
        return true;
    }

    Recording& m_to;
};

StatusOr<std::unique_ptr<Recording>> Recording::open(const RecordingOptions& options, std::int64_t wallMs) {
    const auto text = unpackZstd(options.file, kMaxBytes);
    if (!text.ok()) return text.status();
    std::unique_ptr<Recording> recording(new Recording(options));
    Reader reader(*recording);
    std::string_view rest = *text;
    for (std::int64_t number = 1; !rest.empty(); ++number) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const Json line = Json::parse(rest.substr(0, end), nullptr, false);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (number == 1) {
            if (const Status status = reader.header(line); !status.ok()) return invalid("'{}': {}", options.file, sentenceOf(status));
        } else if (!reader.line(line)) {
            ++recording->m_broken;
            if (recording->m_firstBroken == 0) recording->m_firstBroken = number;
        }
    }
    if (recording->m_count == 0) return invalid("'{}' holds no values", options.file);
    reader.finish();
    recording->m_startWallMs = wallMs;
    return recording;
}

std::int64_t Recording::at(std::int64_t wallMs) const {
    const auto ms = static_cast<std::int64_t>(static_cast<double>(std::max<std::int64_t>(0, wallMs - m_startWallMs)) * m_options.speed);
    return ms % (m_lengthMs + 1);
}

std::vector<MetricColumn> Recording::columns(std::uint32_t, std::int64_t wallMs) {
    const std::int64_t now = at(wallMs);
    std::vector<MetricColumn> columns;
    for (const auto& [metric, changes] : m_changes) {
        const auto after = std::upper_bound(changes.begin(), changes.end(), now, [](std::int64_t ms, const Change& change) { return ms < change.ms; });
        // Before its first reading a metric has none.
        columns.push_back({metric, after == changes.begin() ? std::vector<std::int64_t>(changes.front().values.size(), kNotRead) : std::prev(after)->values});
    }
    return columns;
}

void Recording::advance(std::int64_t wallMs, std::vector<FleetEvent>& events, std::vector<LinkFault>&) {
    const std::int64_t now = at(wallMs);
    const auto happenedIn = [&](std::int64_t from, std::int64_t to) {
        for (const Happened& happened : m_events) {
            if (happened.ms < from || happened.ms > to) continue;
            FleetEvent& event = events.emplace_back(happened.event);
            event.nodeId = "0"; // The link replaces the number by the node's id.
            event.wallMs = wallMs;
        }
    };
    if (now < m_lastMs) {
        happenedIn(m_lastMs, m_lengthMs);
        happenedIn(0, now);
    } else {
        happenedIn(m_lastMs, now);
    }
    m_lastMs = now + 1;
}

std::vector<std::string> Recording::provenance(std::uint32_t) const {
    std::vector<std::string> sentences{fmt::format("recorded: every reading, from {} on {}, by busbarctl record; {} {}", m_node, m_start, m_driver, m_source == Source::simulated ? "(simulated: no such hardware was measured)" : ""),
                                       "computed by us: hall, row, rack and unit; readings repeat after the end of the recording"};
    for (const std::string& sentence : m_provenance) sentences.push_back("of the recorded node: " + sentence);
    return sentences;
}

std::string Recording::status() const { return fmt::format("recording of {}, second {:.1f} of {:.1f}", m_node, static_cast<double>(m_lastMs) / 1000, static_cast<double>(m_lengthMs) / 1000); }

std::string Recording::sentence() const {
    std::string text = fmt::format("{}: {} changes of {} ({}), {:.1f} s", m_options.file.substr(m_options.file.rfind('/') + 1), m_count, m_node, toString(m_source), static_cast<double>(m_lengthMs) / 1000);
    if (m_broken > 0) text += fmt::format("; {} broken line{} skipped, the first is line {}", m_broken, m_broken == 1 ? "" : "s", m_firstBroken);
    if (m_end.empty()) text += "; its end is missing: the recorder was cut off";
    return text;
}

} // namespace busbar::replay
