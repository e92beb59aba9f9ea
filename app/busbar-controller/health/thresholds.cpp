#include "busbar-controller/health/thresholds.h"

#include "busbar-controller/health/built_in_tables.h"

#include <absl/strings/str_split.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace busbar::controller {
namespace {

constexpr const char* kFile = "thresholds.toml";

/// Figures that are held against a row of their model.
struct Checked {
    std::string_view figure, check;
};
constexpr Checked kChecked[] = {{"HBM copy", "memory_bandwidth"}, {"host to device", "host_to_device"}, {"device to host", "device_to_host"}, {"peer copy", "peer_to_peer"}};

/// Bars of every model: our own kernels beside the device's copy engine, memory covered, equal results.
struct Bar {
    std::string_view figure;
    TestFigure::Rule rule;
    double value;
    const char* source;
};
constexpr Bar kBars[] = {
    {"HBM copy of copy engine", TestFigure::Rule::atLeast, 90, "bar of every model: own copy kernel beside the copy engine"},
    {"scrub of copy engine", TestFigure::Rule::atLeast, 70, "bar of every model: scrub beside the copy engine"},
    {"memory covered", TestFigure::Rule::atLeast, 97, "bar of every model: share of the free memory less 1 GiB"},
    {"fingerprints differing", TestFigure::Rule::atMost, 0, "bar of every model: the same input gives the same result"},
    {"fp8 fingerprints differing", TestFigure::Rule::atMost, 0, "bar of every model: the same input gives the same result"},
};

/// "A100 80GB" names a GPU when each of its words is a word of NVML's name ("NVIDIA A100-SXM4-80GB"); "H200" is none of "NVIDIA GH200 480GB".
bool isModel(const std::string& row, const std::string& name) {
    const std::vector<std::string> asked = absl::StrSplit(row, ' ', absl::SkipEmpty()), words = absl::StrSplit(name, absl::ByAnyChar(" -"));
    return std::ranges::all_of(asked, [&](const std::string& word) { return std::ranges::find(words, word) != words.end(); });
}

} // namespace

Status Thresholds::add(std::string_view text, const std::string& file) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return invalid("{} line {}: {}", file, error.source().begin.line, error.description());
    }
    const toml::array* rows = table["threshold"].as_array();
    if (rows == nullptr) return invalid("{}: it has no list `threshold`", file);
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const toml::table* given = rows->get(i)->as_table();
        if (given == nullptr) return invalid("{}: row {} of `threshold` is no table", file, i + 1);
        Row row{(*given)["check"].value_or(std::string()), (*given)["model"].value_or(std::string()), (*given)["source"].value_or(std::string()), file, (*given)["value"].value_or(-1.0)};
        if (row.check.empty() || row.model.empty() || row.value <= 0) return invalid("{}: row {} of `threshold` needs check, model and a value over 0", file, i + 1);
        const auto same = std::find_if(m_rows.begin(), m_rows.end(), [&](const Row& other) { return other.check == row.check && other.model == row.model; });
        if (same == m_rows.end()) m_rows.push_back(std::move(row));
        else *same = std::move(row);
    }
    return absl::OkStatus();
}

std::shared_ptr<const Thresholds> Thresholds::builtIn() {
    static const std::shared_ptr<const Thresholds> kTables = [] {
        auto made = std::make_shared<Thresholds>();
        if (!made->add(kBuiltInThresholds, kFile).ok()) std::abort(); // The build's tests read the same text.
        return made;
    }();
    return kTables;
}

StatusOr<std::shared_ptr<const Thresholds>> Thresholds::withSiteFile(const std::string& path) {
    auto made = std::make_shared<Thresholds>(*builtIn());
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        return invalid("{} line {}: {}", path, error.source().begin.line, error.description());
    }
    std::ostringstream text;
    text << table;
    if (Status added = made->add(text.str(), path); !added.ok()) return added;
    return std::shared_ptr<const Thresholds>(std::move(made));
}

const Thresholds::Row* Thresholds::find(std::string_view check, const std::string& model) const {
    const auto row = std::find_if(m_rows.begin(), m_rows.end(), [&](const Row& one) { return one.check == check && isModel(one.model, model); });
    return row == m_rows.end() ? nullptr : &*row;
}

void Thresholds::apply(const std::string& model, TestFigure& figure) const {
    for (const Bar& bar : kBars)
        if (bar.figure == figure.name) {
            figure.rule = bar.rule;
            figure.threshold = bar.value;
            figure.thresholdSource = bar.source;
            return;
        }
    for (const Checked& checked : kChecked) {
        if (checked.figure != figure.name) continue;
        const Row* const row = find(checked.check, model);
        if (row == nullptr) return;
        figure.rule = TestFigure::Rule::atLeast;
        figure.threshold = row->value;
        figure.thresholdSource = fmt::format("{}: {} of {} ({})", row->file, row->check, row->model, row->source);
    }
}

} // namespace busbar::controller
