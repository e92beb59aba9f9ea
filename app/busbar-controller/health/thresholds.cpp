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

constexpr std::string_view kMemoryPeak = "peak memory_gb_s", kProductPeak = "peak bf16_tflops", kTargetPower = "target_power";
/// DCGM passes a GPU whose highest draw comes to so much of its target.
constexpr double kTargetPowerShare = 0.75;

/// Figures that are held against rows of their model: at least the check's, at most the peak's; empty: none.
struct Checked {
    std::string_view figure, check, peak;
};
constexpr Checked kChecked[] = {
    {"HBM copy", "memory_bandwidth", kMemoryPeak},    {"HBM read", "", kMemoryPeak},
    {"HBM write", "", kMemoryPeak},                   {"bf16 GEMM", "", kProductPeak},
    {"bf16 GEMM held", "", kProductPeak},             {"host to device", "host_to_device", ""},
    {"device to host", "device_to_host", ""},         {"peer copy", "peer_to_peer", ""},
    {"highest power", kTargetPower, ""},
};

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
    {"looks with hardware slowdown", TestFigure::Rule::atMost, 0, "bar of every model: neither heat nor a power brake slows it down"},
};

std::vector<std::string> wordsOf(const std::string& row) { return absl::StrSplit(row, ' ', absl::SkipEmpty()); }

/// "A100 80GB" names a GPU when each of its words is a word of NVML's name ("NVIDIA A100-SXM4-80GB"); "H200" is none of "NVIDIA GH200 480GB".
bool isModel(const std::string& row, const std::string& name) {
    const std::vector<std::string> asked = wordsOf(row), words = absl::StrSplit(name, absl::ByAnyChar(" -"));
    return std::ranges::all_of(asked, [&](const std::string& word) { return std::ranges::find(words, word) != words.end(); });
}

using Rows = StatusOr<std::vector<ThresholdRow>>;

std::string wordsAt(const toml::table& row, std::string_view key) { return row[key].value_or(std::string()); }

Rows thresholdOf(const toml::table& given, const std::string& where) {
    ThresholdRow row{wordsAt(given, "check"), wordsAt(given, "model"), wordsAt(given, "source"), {}, given["value"].value_or(-1.0)};
    if (row.check.empty() || row.model.empty() || row.value <= 0) return invalid("{} needs check, model and a value over 0", where);
    return std::vector{std::move(row)};
}

Rows peaksOf(const toml::table& given, const std::string& where) {
    const std::string model = wordsAt(given, "model"), source = "a higher value is a fault of the measurement";
    const double memory = given["memory_gb_s"].value_or(-1.0), product = given["bf16_tflops"].value_or(-1.0);
    if (model.empty() || memory <= 0 || product <= 0) return invalid("{} needs model, memory_gb_s and bf16_tflops over 0", where);
    return std::vector<ThresholdRow>{{std::string(kMemoryPeak), model, source, {}, memory}, {std::string(kProductPeak), model, source, {}, product}};
}

/// The lists of a file.
struct List {
    const char* name;
    Rows (*rowsOf)(const toml::table& given, const std::string& where);
};
constexpr List kLists[] = {{"threshold", thresholdOf}, {"peak", peaksOf}};

} // namespace

void Thresholds::put(ThresholdRow row) {
    const auto same = std::find_if(m_rows.begin(), m_rows.end(), [&](const ThresholdRow& other) { return other.check == row.check && other.model == row.model; });
    if (same == m_rows.end()) m_rows.push_back(std::move(row));
    else *same = std::move(row);
}

Status Thresholds::add(std::string_view text, const std::string& file) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return invalid("{} line {}: {}", file, error.source().begin.line, error.description());
    }
    if (!table["threshold"].is_array() && !table["peak"].is_array()) return invalid("{}: it has neither a list `threshold` nor a list `peak`", file);
    for (const auto& [list, rowsOf] : kLists) {
        const toml::array* const all = table[list].as_array();
        for (std::size_t i = 0; all != nullptr && i < all->size(); ++i) {
            const std::string where = fmt::format("{}: row {} of `{}`", file, i + 1, list);
            const toml::table* const given = all->get(i)->as_table();
            if (given == nullptr) return invalid("{} is no table", where);
            auto rows = rowsOf(*given, where);
            if (!rows.ok()) return rows.status();
            for (ThresholdRow& row : *rows) {
                row.file = file;
                put(std::move(row));
            }
        }
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

const ThresholdRow* Thresholds::find(std::string_view check, const std::string& model) const {
    const ThresholdRow* found = nullptr;
    for (const ThresholdRow& row : m_rows)
        if (row.check == check && isModel(row.model, model) && (found == nullptr || wordsOf(row.model).size() > wordsOf(found->model).size())) found = &row;
    return found;
}

void Thresholds::apply(const TestedGpu& gpu, TestFigure& figure) const {
    const auto hold = [&figure](TestFigure::Rule rule, double threshold, std::string source) {
        figure.rule = rule;
        figure.threshold = threshold;
        figure.thresholdSource = std::move(source);
    };
    for (const Bar& bar : kBars)
        if (bar.figure == figure.name) return hold(bar.rule, bar.value, bar.source);
    const auto checked = std::ranges::find(kChecked, std::string_view(figure.name), &Checked::figure);
    if (checked == std::end(kChecked)) return;
    const ThresholdRow* const row = find(checked->check, gpu.model);
    const ThresholdRow* const peak = find(checked->peak, gpu.model);
    const bool isBeyond = peak != nullptr && figure.value > peak->value;
    if (checked->check == kTargetPower) {
        if (row != nullptr && static_cast<double>(gpu.powerLimitW) >= row->value)
            hold(TestFigure::Rule::atLeast, row->value * kTargetPowerShare, fmt::format("{}: {:g} % of {} of {}, {:g} W ({})", row->file, 100 * kTargetPowerShare, row->check, row->model, row->value, row->source));
    } else if (row != nullptr && !isBeyond) {
        hold(TestFigure::Rule::atLeast, row->value, fmt::format("{}: {} of {} ({})", row->file, row->check, row->model, row->source));
    } else if (peak != nullptr) {
        hold(TestFigure::Rule::atMost, peak->value, fmt::format("{}: {} of {} ({})", peak->file, peak->check, peak->model, peak->source));
    }
}

} // namespace busbar::controller
