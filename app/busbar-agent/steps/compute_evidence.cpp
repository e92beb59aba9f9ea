#include "busbar-agent/steps/compute_evidence.h"

#include <algorithm>
#include <map>

namespace busbar::agent {

std::string computeSource(const GpuRun& run) { return run.simulated ? "simulated cuda" : "cuda"; }

void addAnswers(const StepContext& context, const GpuRun& run, const std::string& fact, StepReport& report, bool optional) {
    for (const GpuAnswer& answer : run.answers) {
        for (const Figure& figure : answer.figures) report.figures.push_back({.subject = answer.uuid, .name = figure.name, .unit = figure.unit, .value = figure.value});
        if (!answer.status.ok()) {
            const bool lacks = optional && absl::IsNotFound(answer.status);
            const Verdict verdict = lacks ? Verdict::notApplicable : absl::IsDataLoss(answer.status) ? Verdict::notAsSet : Verdict::notReadable;
            report.evidence.push_back(evidenceOf(context, answer.uuid, fact, "", std::string(sentenceOf(answer.status)), lacks ? "no error, or not supported" : "no error", computeSource(run), verdict));
            continue;
        }
        report.evidence.push_back(evidenceOf(context, answer.uuid, fact, "", answer.faultSentence, "no error", computeSource(run), answer.faults == 0 ? Verdict::asSet : Verdict::notAsSet));
    }
}

void addFingerprints(const StepContext& context, const GpuRun& run, const std::string& fact, StepReport& report) {
    std::map<std::string, std::map<std::string, std::vector<std::string>>> models; // model → fingerprint → GPUs
    for (const std::size_t slot : context.slots())
        for (const GpuAnswer& answer : run.answers)
            if (answer.uuid == context.uuid(slot) && !answer.fingerprint.empty()) models[context.driver->gpus()[slot].model][answer.fingerprint].push_back(answer.uuid);
    for (const auto& [model, seen] : models) {
        const std::string name = fmt::format("fingerprint of {} on {}", fact, model);
        const auto most = std::max_element(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
        std::string all;
        std::size_t total = 0;
        for (const auto& [fingerprint, gpus] : seen) total += gpus.size();
        for (const auto& [fingerprint, gpus] : seen) all += fmt::format("{}{} ({} GPU{})", all.empty() ? "" : ", ", fingerprint, gpus.size(), gpus.size() == 1 ? "" : "s");
        report.evidence.push_back(evidenceOf(context, "node", name, "", all, "one", computeSource(run), seen.size() == 1 ? Verdict::asSet : Verdict::notAsSet));
        for (const auto& [fingerprint, gpus] : seen)
            for (const std::string& uuid : gpus)
                // Where none has most votes any of them may be wrong: the line above says it.
                if (fingerprint != most->first && 2 * most->second.size() > total)
                    report.evidence.push_back(evidenceOf(context, uuid, name, "", fmt::format("{}, {} other GPUs have {}", fingerprint, most->second.size(), most->first), most->first, computeSource(run), Verdict::notAsSet));
    }
}

void finishReport(const GpuRun& run, std::size_t gpus, const std::string& good, StepReport& report) {
    if (absl::IsCancelled(run.status)) {
        report.state = StepState::cancelled;
        report.sentence = "cancelled; nothing stays allocated on the GPUs";
        return;
    }
    std::size_t read = 0;
    for (const Evidence& fact : report.evidence) {
        if (fact.verdict == Verdict::notAsSet) {
            report.state = StepState::failed;
            report.sentence = fmt::format("{}: {}: {}", fact.subject, fact.fact, fact.after);
            return;
        }
        if (fact.verdict == Verdict::notReadable && report.sentence.empty()) report.sentence = fmt::format("{}: {}: {}", fact.subject, fact.fact, fact.after);
    }
    for (const GpuAnswer& answer : run.answers) read += answer.status.ok() ? 1 : 0;
    if (run.status.ok() && read >= gpus && gpus > 0 && report.sentence.empty()) {
        report.state = StepState::succeeded;
        report.sentence = good;
        return;
    }
    report.state = absl::IsDeadlineExceeded(run.status) ? StepState::failed : StepState::unknown;
    if (report.sentence.empty()) report.sentence = run.status.ok() ? fmt::format("{} of {} GPUs answered", read, gpus) : std::string(sentenceOf(run.status));
}

} // namespace busbar::agent
