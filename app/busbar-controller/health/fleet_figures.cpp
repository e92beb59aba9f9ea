#include "busbar-controller/health/fleet_figures.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace busbar::controller {
namespace {

constexpr double kAlike = 5e-4; ///< of a value: less is not seen in what is told, and is no difference between GPUs

enum class Better { none, higher, lower };

/// By the unit: rates and temperatures have a direction. Counts, sizes, versions, clocks, and watts under a limit have none.
Better betterOf(const TestFigure& figure) {
    if (figure.unit == "C") return Better::lower;
    for (const std::string_view rate : {"GB/s", "MB/s", "TFLOPS", "M/s"})
        if (figure.unit == rate) return Better::higher;
    return Better::none;
}

/// "NVIDIA H200", or all of a mixed node's models; empty: a node without GPUs.
std::string modelOfNode(const std::vector<GpuIdentity>& gpus) {
    std::set<std::string> models;
    for (const GpuIdentity& gpu : gpus) models.insert(gpu.model);
    return absl::StrJoin(models, " and ");
}

/// Of a GPU, or of both ends of a copy; empty: not one of this node's.
std::string modelOfSubject(const std::vector<GpuIdentity>& gpus, const std::string& subject) {
    std::vector<std::string> models;
    for (const auto end : absl::StrSplit(subject, " > ")) {
        const auto gpu = std::ranges::find(gpus, std::string(end), &GpuIdentity::uuid);
        if (gpu == gpus.end()) return {};
        models.push_back(gpu->model);
    }
    return absl::StrJoin(models, " > ");
}

/// Which values a figure is one of, and whose it is there.
struct Place {
    std::string group, subject;
};
std::optional<Place> placeOf(const BurnedIn& burnIn, const TestFigure& figure) {
    if (betterOf(figure) == Better::none || !std::isfinite(figure.value)) return std::nullopt;
    const bool ofNode = figure.subject == "node";
    const std::string model = ofNode ? modelOfNode(burnIn.gpus) : modelOfSubject(burnIn.gpus, figure.subject);
    if (model.empty()) return std::nullopt;
    return Place{fmt::format("{}\n{}\n{}\n{}\n{}\n{}", toString(burnIn.source), burnIn.profile, ofNode ? "node" : "GPU", model, figure.name, figure.unit), ofNode ? burnIn.nodeId : figure.subject};
}

double medianOf(std::vector<double>& values) {
    const auto middle = values.begin() + std::ssize(values) / 2;
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 != 0) return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

} // namespace

Source worthOf(Source node, const std::vector<Evidence>& evidence) {
    const bool drawn = std::ranges::any_of(evidence, [](const Evidence& fact) { return fact.source.starts_with("simulated "); });
    return node == Source::live && drawn ? Source::simulated : node;
}

void FleetFigures::note(const BurnedIn& burnIn, const std::vector<TestFigure>& figures) {
    for (const TestFigure& figure : figures) {
        const auto place = placeOf(burnIn, figure);
        if (!place) continue;
        const auto group = m_groups.find(place->group);
        const bool isNew = group == m_groups.end() || !group->second.contains(place->subject);
        if (isNew && m_size >= m_maxValues) continue;
        m_size += isNew ? 1 : 0;
        m_groups[place->group][place->subject] = figure.value;
    }
}

void FleetFigures::rank(const BurnedIn& burnIn, std::vector<TestFigure>& figures) const {
    for (TestFigure& figure : figures) {
        figure.fleetMedian = 0;
        figure.fleetRank = figure.fleetCount = 0;
        const auto place = placeOf(burnIn, figure);
        if (!place) continue;
        std::vector<double> values{figure.value};
        if (const auto group = m_groups.find(place->group); group != m_groups.end())
            for (const auto& [subject, value] : group->second)
                if (subject != place->subject) values.push_back(value);
        const bool higher = betterOf(figure) == Better::higher;
        // What is told alike shares a place.
        const double alike = std::abs(figure.value) * kAlike;
        figure.fleetRank = 1 + std::ranges::count_if(values, [&](double other) { return higher ? other > figure.value + alike : other < figure.value - alike; });
        figure.fleetCount = std::ssize(values);
        figure.fleetMedian = medianOf(values);
    }
}

} // namespace busbar::controller
