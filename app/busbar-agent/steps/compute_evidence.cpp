#include "busbar-agent/steps/compute_evidence.h"

namespace busbar::agent {

std::string computeSource(const GpuRun& run) { return run.simulated ? "simulated cuda" : "cuda"; }

void addAnswers(const StepContext& context, const GpuRun& run, const std::string& fact, StepReport& report, bool optional) {
    for (const GpuAnswer& answer : run.answers) {
        for (const Figure& figure : answer.figures) report.figures.push_back({.subject = answer.uuid, .name = figure.name, .unit = figure.unit, .value = figure.value});
        if (!answer.status.ok()) {
            if (optional && absl::IsNotFound(answer.status)) continue;
            report.evidence.push_back(evidenceOf(context, answer.uuid, fact, "", std::string(sentenceOf(answer.status)), "no error", computeSource(run), Verdict::notReadable));
            continue;
        }
        report.evidence.push_back(evidenceOf(context, answer.uuid, fact, "", answer.faultSentence, "no error", computeSource(run), answer.faults == 0 ? Verdict::asSet : Verdict::notAsSet));
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
