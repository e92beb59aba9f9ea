#include "wire/bounds.h"


#include <bit>
#include <cmath>
#include <cstring>

namespace busbar::wire {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are written in the machine's order, which must be little-endian");

bool isUtf8(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : (lead >> 5) == 6 ? 2 : (lead >> 4) == 14 ? 3 : (lead >> 3) == 30 ? 4 : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
        i += length;
    }
    return true;
}

template <typename Word>
void appendWords(const std::vector<std::int64_t>& values, std::string* out) {
    constexpr Word kTop = static_cast<Word>(~Word{0});
    const std::size_t start = out->size();
    out->resize(start + values.size() * sizeof(Word));
    char* to = out->data() + start;
    for (const std::int64_t value : values) {
        Word word = kTop; // kNotSupported
        if (value == kNotRead || value < kNotSupported)
            word = static_cast<Word>(kTop - 1);
        else if (value >= 0)
            word = static_cast<std::uint64_t>(value) > static_cast<std::uint64_t>(kTop - 2) ? static_cast<Word>(kTop - 2) : static_cast<Word>(value);
        std::memcpy(to, &word, sizeof word);
        to += sizeof word;
    }
}

template <typename Word>
std::vector<std::int64_t> readWords(std::string_view bytes) {
    constexpr Word kTop = static_cast<Word>(~Word{0});
    std::vector<std::int64_t> values(bytes.size() / sizeof(Word));
    const char* from = bytes.data();
    for (std::int64_t& value : values) {
        Word word{};
        std::memcpy(&word, from, sizeof word);
        from += sizeof word;
        value = word == kTop ? kNotSupported : word == static_cast<Word>(kTop - 1) ? kNotRead : static_cast<std::int64_t>(word);
        if (value < kNotRead) value = kNotRead; // 64-bit counters past the signed range are not plausible.
    }
    return values;
}

} // namespace

std::string Bounds::text(std::string_view field, const std::string& value, std::size_t max) {
    if (value.size() > max)
        refuse(invalid("{}: {} has {} bytes, the limit is {}", m_message, field, value.size(), max));
    else if (!isUtf8(value))
        refuse(invalid("{}: {} is not UTF-8", m_message, field));
    else
        return value;
    return {};
}

std::string Bounds::name(std::string_view field, const std::string& value) {
    if (value.empty() || isValidName(value)) return value;
    refuse(invalid("{}: {} '{}' is not 1 to {} letters, digits, '.', '_' or '-'", m_message, field, isUtf8(value) ? cut(value, 80) : "?", kMaxNameLength));
    return {};
}

std::string Bounds::nodeId(std::string_view field, const std::string& value) {
    const std::string checked = text(field, value, 2 * kMaxNameLength + 1);
    if (!ok()) return {};
    if (const auto id = NodeId::parse(checked); !id.ok()) {
        refuse(invalid("{}: {}: {}", m_message, field, sentenceOf(id.status())));
        return {};
    }
    return checked;
}

std::int64_t Bounds::number(std::string_view field, std::int64_t value, std::int64_t min, std::int64_t max) {
    if (value >= min && value <= max) return value;
    refuse(invalid("{}: {} is {}, allowed is {} to {}", m_message, field, value, min, max));
    return min;
}

double Bounds::real(std::string_view field, double value, double min, double max) {
    if (std::isfinite(value) && value >= min && value <= max) return value;
    refuse(invalid("{}: {} is {}, allowed is {} to {}", m_message, field, value, min, max));
    return min;
}

std::int64_t Bounds::wallMs(std::string_view field, std::int64_t value) {
    if (value == 0) return 0;
    return number(field, value, kMinWallMs, kMaxWallMs);
}

void Bounds::count(std::string_view field, std::size_t size, std::size_t max) {
    if (size > max) refuse(invalid("{}: {} has {} entries, the limit is {}", m_message, field, size, max));
}

void Bounds::part(const Status& status) {
    if (!status.ok()) refuse(absl::Status(status.code(), fmt::format("{}: {}", m_message, sentenceOf(status))));
}

void Bounds::refuse(Status status) {
    if (m_status.ok()) m_status = std::move(status);
}

std::string cut(const std::string& text, std::size_t max) {
    if (text.size() <= max) return text;
    std::size_t end = max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

void appendValues(Metric metric, const std::vector<std::int64_t>& values, std::string* out) {
    switch (infoOf(metric).wireBytes) {
    case 1: return appendWords<std::uint8_t>(values, out);
    case 2: return appendWords<std::uint16_t>(values, out);
    case 4: return appendWords<std::uint32_t>(values, out);
    default: return appendWords<std::uint64_t>(values, out);
    }
}

StatusOr<std::vector<std::int64_t>> readValues(Metric metric, std::string_view bytes) {
    const auto width = static_cast<std::size_t>(infoOf(metric).wireBytes);
    if (bytes.size() % width != 0) return invalid("values of {}: {} bytes are no multiple of {}", infoOf(metric).key, bytes.size(), width);
    switch (width) {
    case 1: return readWords<std::uint8_t>(bytes);
    case 2: return readWords<std::uint16_t>(bytes);
    case 4: return readWords<std::uint32_t>(bytes);
    default: return readWords<std::uint64_t>(bytes);
    }
}

void appendFacts(const NodeFacts& facts, std::string* out) {
    for (const int value : {static_cast<int>(facts.state), static_cast<int>(facts.service), static_cast<int>(facts.occupancy),
                            static_cast<int>(facts.health), static_cast<int>(facts.link)})
        out->push_back(static_cast<char>(value));
}

StatusOr<NodeFacts> readFacts(std::string_view bytes) {
    if (bytes.size() != kFactBytes) return invalid("facts of a node have {} bytes instead of {}", bytes.size(), kFactBytes);
    const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    return NodeFacts{enumOf(at(0), NodeState::burnInFailed, NodeState::unknown), enumOf(at(1), Service::opening, Service::unknown),
                     enumOf(at(2), Occupancy::mixed, Occupancy::unknown), enumOf(at(3), Health::failed, Health::unknown),
                     enumOf(at(4), Link::lost, Link::unknown)};
}

void appendU32(const std::vector<std::uint32_t>& values, std::string* out) {
    if (!values.empty()) out->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::uint32_t));
}

StatusOr<std::vector<std::uint32_t>> readU32(std::string_view field, std::string_view bytes) {
    if (bytes.size() % sizeof(std::uint32_t) != 0) return invalid("{}: {} bytes are no multiple of 4", field, bytes.size());
    std::vector<std::uint32_t> values(bytes.size() / sizeof(std::uint32_t));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

} // namespace busbar::wire
