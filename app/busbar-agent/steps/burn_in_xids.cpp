#include "busbar-agent/steps/burn_in_xids.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr const char* kFact = "XIDs during the run";
constexpr const char* kNode = "node";
constexpr const char* kElsewhere = "elsewhere"; // journal's word for devices that are none of ours
constexpr std::chrono::milliseconds kPause(50);
constexpr std::int64_t kWaitForLogMs = 10'000; // The agent reads it each second; a loaded machine is late.
constexpr std::int64_t kWaitForDriverMs = 5'000; // A wait for its events that failed is made again after a second.
constexpr std::size_t kMaxOfOne = 16;

/// OK: whatever came until now has been told.
Status readUpToNow(const StepContext& context) {
    if (context.xids == nullptr) return absl::UnimplementedError("nobody listens for XIDs here");
    const std::int64_t begin = context.clock.bootMs();
    while (!context.xids->isReadUpTo(begin) && !context.cancelled && context.clock.bootMs() < begin + kWaitForLogMs) std::this_thread::sleep_for(kPause);
    if (!context.xids->isReadUpTo(begin)) return unavailable("the kernel's log was not read up to the end of the run");
    Status readable = context.xids->readable();
    for (; absl::IsUnavailable(readable) && !context.cancelled && context.clock.bootMs() < begin + kWaitForDriverMs; readable = context.xids->readable()) std::this_thread::sleep_for(kPause);
    return readable;
}

} // namespace

std::string BurnInXids::key(const std::string& what) const { return fmt::format("{}xids/{}", burnInPrefix(m_context.command.actionId), what); }

BurnInXids::BurnInXids(StepContext& context) : m_context(context), m_begunWallMs(context.clock.wallMs()) {
    const auto begun = context.journal.get(key("begun"));
    if (!begun.ok() || !begun->has_value() || !absl::SimpleAtoi(**begun, &m_begunWallMs)) context.journal.put(key("begun"), std::to_string(m_begunWallMs)).IgnoreError(); // Without it a restart forgets what came before.
    std::vector<std::string> subjects{kNode, kElsewhere};
    for (const std::size_t slot : context.slots()) subjects.push_back(context.uuid(slot));
    for (const std::string& subject : subjects)
        if (const auto kept = context.journal.get(key(subject)); kept.ok() && kept->has_value())
            for (const auto name : absl::StrSplit(**kept, ',', absl::SkipEmpty())) m_found[subject].emplace(name);
}

void BurnInXids::look() {
    if (m_context.xids == nullptr) return;
    const auto since = m_context.xids->since(m_begunWallMs);
    for (const std::size_t slot : m_context.slots())
        if (const auto found = since.find(static_cast<int>(slot)); found != since.end()) keep(m_context.uuid(slot), found->second);
    if (const auto found = since.find(XidRecord::kNoDevice); found != since.end()) keep(kNode, found->second);
    if (const auto found = since.find(XidRecord::kElsewhere); found != since.end()) keep(kElsewhere, found->second);
}

void BurnInXids::keep(const std::string& subject, const std::set<std::string>& names) {
    std::set<std::string>& found = m_found[subject];
    const std::size_t before = found.size();
    for (const std::string& name : names)
        if (found.size() < kMaxOfOne) found.insert(name);
    if (found.size() > before) m_context.journal.put(key(subject), absl::StrJoin(found, ",")).IgnoreError();
}

void BurnInXids::finish(StepReport& report) {
    const Status readable = readUpToNow(m_context);
    look();
    for (const std::size_t slot : m_context.slots()) tell(m_context.uuid(slot), readable, report);
    if (m_found.contains(kNode)) tell(kNode, absl::OkStatus(), report);
    // Where the log is the host's and this is a container of it, a neighbour's GPU says nothing of ours: no figure.
    if (const auto found = m_found.find(kElsewhere); found != m_found.end())
        report.evidence.push_back(evidenceOf(m_context, kNode, "XIDs of devices that are none of its GPUs", "", absl::StrJoin(found->second, ", "), "told only", "kernel", Verdict::notApplicable));
}

void BurnInXids::tell(const std::string& subject, const Status& readable, StepReport& report) const {
    const auto found = m_found.find(subject);
    const std::string expected = "none but such as are only logged, by the controller's table";
    if (found == m_found.end()) {
        const Verdict verdict = readable.ok() ? Verdict::asSet : absl::IsUnimplemented(readable) ? Verdict::notApplicable : Verdict::notReadable;
        report.evidence.push_back(evidenceOf(m_context, subject, kFact, "", readable.ok() ? "none" : std::string(sentenceOf(readable)), expected, m_context.source(), verdict));
        return;
    }
    // That they came is read; whether one may have come, the controller says at its figure.
    report.evidence.push_back(evidenceOf(m_context, subject, kFact, "", absl::StrJoin(found->second, ", ") + ": see their figures", expected, m_context.source(), Verdict::asSet));
    for (const std::string& name : found->second) report.figures.push_back({.subject = subject, .name = name, .unit = "count", .value = 1});
}

} // namespace busbar::agent
