#include "store/query/field.h"

#include "domain/facts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace busbar::query {
namespace {

/// Names of a fact by number, from domain's own printer.
template <typename Enum, std::size_t N>
std::span<const std::string_view> wordsOf() {
    static const std::array<std::string_view, N> words = [] {
        std::array<std::string_view, N> made{};
        for (std::size_t i = 0; i < N; ++i) made[i] = toString(static_cast<Enum>(i));
        return made;
    }();
    return words;
}

std::span<const std::string_view> healths() { return wordsOf<Health, static_cast<std::size_t>(Health::failed) + 1>(); }
std::span<const std::string_view> occupancies() { return wordsOf<Occupancy, static_cast<std::size_t>(Occupancy::mixed) + 1>(); }

std::span<const std::string_view> flags() {
    static constexpr std::array<std::string_view, 2> words{"no", "yes"};
    return words;
}

Dimension dimensionOf(std::string_view unit) {
    static constexpr std::array<std::pair<std::string_view, Dimension>, 6> table{{{"%", Dimension::percent}, {"W", Dimension::power}, {"C", Dimension::temperature},
                                                                                  {"MHz", Dimension::frequency}, {"MiB", Dimension::memory}, {"J", Dimension::energy}}};
    for (const auto& [text, dimension] : table)
        if (text == unit) return dimension;
    return Dimension::none;
}

/// console.md §3 writes "ecc" and "nvlink" for what the metric table calls ecc_uncorrected and nvlinks_up.
std::string gpuName(const MetricInfo& info) {
    if (info.metric == Metric::eccUncorrected) return "gpu.ecc";
    if (info.metric == Metric::nvlinksUp) return "gpu.nvlink";
    return "gpu." + std::string(info.key);
}

void addGpuFields(std::vector<FieldInfo>& fields) {
    fields.push_back({FieldId::gpuIndex, "gpu.idx", "slot of the GPU", FieldType::number});
    for (const MetricInfo& info : allMetrics()) {
        const std::string name = gpuName(info), label(info.label);
        if (info.metric == Metric::lease) continue;
        if (info.metric == Metric::health) fields.push_back({FieldId::gpuState, name, label, FieldType::set, Dimension::none, info.metric, healths()});
        else if (info.metric == Metric::occupancy) fields.push_back({FieldId::gpuState, name, label, FieldType::set, Dimension::none, info.metric, occupancies()});
        else fields.push_back({FieldId::metric, name, label, FieldType::number, dimensionOf(info.unit), info.metric, {}});
    }
}

std::vector<FieldInfo> makeFields() {
    using enum FieldType;
    const auto none = Dimension::none;
    std::vector<FieldInfo> fields{
        {FieldId::site, "site", "site", text},
        {FieldId::hall, "hall", "hall", text},
        {FieldId::row, "row", "row of racks", text},
        {FieldId::rack, "rack", "rack", text},
        {FieldId::rackHealthy, "rack.healthy", "healthy nodes of the rack", number},
        {FieldId::unit, "u", "height unit", number},
        {FieldId::serial, "serial", "serial number", text},
        {FieldId::node, "node", "name of the node", text},
        {FieldId::model, "model", "GPU model", words},
        {FieldId::driver, "driver", "driver", words},
        {FieldId::fabric, "fabric", "fabric block", text},
        {FieldId::leaf, "leaf", "leaf switch", text},
        {FieldId::rail, "rail", "rail", text},
        {FieldId::pdu, "pdu", "power distribution unit", text},
        {FieldId::fw, "fw", "firmware", words},
        {FieldId::image, "image", "system image", words},
        {FieldId::state, "state", "state", set, none, Metric::unknown, wordsOf<NodeState, static_cast<std::size_t>(NodeState::burnInFailed) + 1>()},
        {FieldId::service, "service", "service", set, none, Metric::unknown, wordsOf<Service, static_cast<std::size_t>(Service::opening) + 1>()},
        {FieldId::occupancy, "occupancy", "occupancy", set, none, Metric::unknown, occupancies()},
        {FieldId::health, "health", "health", set, none, Metric::unknown, healths()},
        {FieldId::link, "link", "link to the agent", set, none, Metric::unknown, wordsOf<Link, static_cast<std::size_t>(Link::lost) + 1>()},
        {FieldId::source, "source", "where the data come from", set, none, Metric::unknown, wordsOf<Source, static_cast<std::size_t>(Source::simulated) + 1>()},
        {FieldId::boot, "boot", "boot id", text},
        {FieldId::alarm, "alarm", "alarm", text},
        {FieldId::prio, "prio", "priority, 1 to 3", number},
        {FieldId::shelved, "shelved", "alarms shelved", flag, none, Metric::unknown, flags()},
        {FieldId::stale, "stale", "data are stale", flag, none, Metric::unknown, flags()},
        {FieldId::lease, "lease", "lease", text, none, Metric::lease, {}},
        {FieldId::tenant, "tenant", "tenant", text, none, Metric::lease, {}},
        {FieldId::ends, "ends", "end of the lease", moment, none, Metric::lease, {}},
        {FieldId::idleHours, "idle_hours", "hours leased and idle", number, Dimension::hours},
        {FieldId::age, "age", "age of the data", duration},
        {FieldId::since, "since", "time since a fact changed", duration},
        {FieldId::op, "op", "action under way", text},
        {FieldId::approver, "approver", "who approved", text},
        {FieldId::step, "step", "step of the action", text},
        {FieldId::cable, "cable", "cabling", text},
        {FieldId::walk, "walk", "walking order", number},
    };
    addGpuFields(fields);
    for (FieldInfo& field : fields) field.unknown = valueOf(field, "unknown");
    return fields;
}

/// Edits (insert, delete, change, swap of neighbours) between two short words.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

} // namespace

std::span<const FieldInfo> allFields() {
    static const std::vector<FieldInfo> fields = makeFields();
    return fields;
}

const FieldInfo* findField(std::string_view name) {
    for (const FieldInfo& field : allFields())
        if (equalNoCase(field.name, name)) return &field;
    return nullptr;
}

const FieldInfo* fieldOf(FieldId id) {
    if (id == FieldId::gpuState || id == FieldId::metric) return nullptr;
    const auto found = std::ranges::find(allFields(), id, &FieldInfo::id);
    return &*found;
}

std::string wordOf(std::string_view value) {
    std::string word(value);
    std::ranges::replace(word, ' ', '-');
    return word;
}

int valueOf(const FieldInfo& field, std::string_view word) {
    for (std::size_t i = 0; i < field.values.size(); ++i)
        if (equalNoCase(wordOf(field.values[i]), wordOf(word))) return static_cast<int>(i);
    return -1;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t kLongest = 40;
    if (word.empty() || word.size() > kLongest) return {};
    const std::string low = lowered(word);
    std::size_t best = low.size() / 3 + 2;
    const std::string* found = nullptr;
    for (const std::string& candidate : candidates) {
        const std::string name = lowered(candidate);
        const std::size_t dot = name.rfind('.');
        std::size_t edits = distance(low, name);
        if (dot != std::string::npos) edits = std::min(edits, distance(low, std::string_view(name).substr(dot + 1)));
        if (edits >= best) continue;
        best = edits;
        found = &candidate;
    }
    return found ? *found : std::string();
}

char lowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
    std::string low(text);
    std::ranges::transform(low, low.begin(), lowerOf);
    return low;
}

bool equalNoCase(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lowerOf, lowerOf); }

} // namespace busbar::query
