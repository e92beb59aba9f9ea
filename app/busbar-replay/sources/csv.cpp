#include "busbar-replay/sources/csv.h"

#include "busbar-replay/sources/unpack.h"

#include <fmt/ranges.h>

#include <charconv>

namespace busbar::replay {
namespace {

constexpr std::size_t kMaxBytes = 512ULL * 1024 * 1024; // Unpacked: the largest recording has 15 MB.
constexpr std::size_t kMaxNamed = 5;

void split(std::string_view line, Row& fields) {
    fields.clear();
    for (;;) {
        const auto comma = line.find(',');
        fields.push_back(line.substr(0, comma));
        if (comma == std::string_view::npos) return;
        line.remove_prefix(comma + 1);
    }
}

template <typename T>
bool parse(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

StatusOr<std::vector<std::size_t>> findColumns(const std::string& path, const Row& header, const std::vector<std::string>& columns) {
    std::vector<std::size_t> places;
    for (const std::string& column : columns) {
        std::size_t place = 0;
        while (place < header.size() && header[place] != column) ++place;
        if (place == header.size()) return invalid("the recording '{}' has no column '{}'", path, column);
        places.push_back(place);
    }
    return places;
}

} // namespace

bool toNumber(std::string_view text, std::int64_t& value) { return parse(text, value); }
bool toNumber(std::string_view text, double& value) { return parse(text, value); }

std::string ReadReport::sentence() const {
    const std::string name = file.substr(file.rfind('/') + 1);
    if (broken == 0) return fmt::format("{}: {} rows", name, rows);
    return fmt::format("{}: {} rows, {} broken line{} skipped (line{} {}{})", name, rows, broken, broken == 1 ? "" : "s", firstBroken.size() == 1 ? "" : "s", fmt::join(firstBroken, ", "),
                       broken > static_cast<std::int64_t>(firstBroken.size()) ? " …" : "");
}

StatusOr<ReadReport> readCsv(const std::string& path, const std::vector<std::string>& columns, const std::function<bool(const Row&)>& use) {
    const auto text = unpackGzip(path, kMaxBytes);
    if (!text.ok()) return text.status();
    ReadReport report;
    report.file = path;
    std::string_view rest = *text;
    std::vector<std::size_t> places;
    std::size_t width = 0;
    Row fields, wanted;
    for (std::int64_t number = 1; !rest.empty(); ++number) {
        const auto end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        split(line, fields);
        if (number == 1) {
            auto found = findColumns(path, fields, columns);
            if (!found.ok()) return found.status();
            places = *std::move(found);
            width = fields.size();
            continue;
        }
        wanted.clear();
        if (fields.size() == width)
            for (const std::size_t place : places) wanted.push_back(fields[place]);
        if (fields.size() == width && use(wanted)) {
            ++report.rows;
            continue;
        }
        ++report.broken;
        if (report.firstBroken.size() < kMaxNamed) report.firstBroken.push_back(number);
    }
    if (width == 0) return invalid("the recording '{}' is empty", path);
    return report;
}

} // namespace busbar::replay
