// Checks of what comes from outside, one sentence per refusal. A Bounds collects the first refusal of one message: callers check
// many fields and ask status() once. Not thread-safe; a local of each decode.
#pragma once

#include "base/status.h"
#include "domain/node.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace busbar::wire {

/// Times accepted on the wire: 2000-01-01 to 2200-01-01, or 0 for "none".
inline constexpr std::int64_t kMinWallMs = 946'684'800'000;
inline constexpr std::int64_t kMaxWallMs = 7'258'118'400'000;

class Bounds {
public:
    explicit Bounds(std::string_view message) : m_message(message) {}

    /// The text when it is valid UTF-8 of at most `max` bytes.
    std::string text(std::string_view field, const std::string& value, std::size_t max = kMaxTextLength);
    /// Like text, and a valid name (base/ids.h) or empty.
    std::string name(std::string_view field, const std::string& value);
    /// Like text, and a valid "site/name".
    std::string nodeId(std::string_view field, const std::string& value);
    std::int64_t number(std::string_view field, std::int64_t value, std::int64_t min, std::int64_t max);
    double real(std::string_view field, double value, double min, double max);
    std::int64_t wallMs(std::string_view field, std::int64_t value);
    void count(std::string_view field, std::size_t size, std::size_t max);
    /// Keeps the first refusal of a part.
    void part(const Status& status);
    template <typename T>
    T take(StatusOr<T> value) {
        if (value.ok()) return *std::move(value);
        part(value.status());
        return T{};
    }
    void refuse(Status status);

    bool ok() const { return m_status.ok(); }
    const Status& status() const { return m_status; }

private:
    std::string_view m_message;
    Status m_status;
};

/// Any amount of memory; an exabyte: nothing real is larger.
inline constexpr std::int64_t kMaxMib = std::int64_t{1} << 40;
/// Figures of one step: some 30 for each of 64 GPUs.
inline constexpr std::size_t kMaxFigures = 4096;

/// Enum from the wire: values past `last` become `fallback`.
template <typename Enum>
Enum enumOf(std::uint64_t value, Enum last, Enum fallback) {
    return value <= static_cast<std::uint64_t>(last) ? static_cast<Enum>(value) : fallback;
}

/// `text` cut to `max` bytes at a character border: what encode does with over-long strings.
std::string cut(const std::string& text, std::size_t max = kMaxTextLength);

/// Little-endian column values of a metric's width; see metric.h for the two missing values.
void appendValues(Metric metric, const std::vector<std::int64_t>& values, std::string* out);
StatusOr<std::vector<std::int64_t>> readValues(Metric metric, std::string_view bytes);

/// The five facts as a byte each: state, service, occupancy, health, link.
inline constexpr std::size_t kFactBytes = 5;
void appendFacts(const NodeFacts& facts, std::string* out);
StatusOr<NodeFacts> readFacts(std::string_view bytes);

void appendU32(const std::vector<std::uint32_t>& values, std::string* out);
StatusOr<std::vector<std::uint32_t>> readU32(std::string_view field, std::string_view bytes);

} // namespace busbar::wire
