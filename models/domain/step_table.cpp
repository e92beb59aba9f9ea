#include "domain/step_table.h"

#include "domain/lifecycle.h"

#include <fmt/format.h>

namespace busbar {
namespace {

using K = StepKind;
constexpr bool yes = true, no = false;

// The longest times that have a source: inspecting 5 min (lifecycle.md §1), SIGTERM 30 s and SIGKILL 30 s (§3) with room to look again, a
// reboot 3-5 min (§6) with room for slow firmware. A wait is ended by the controller's deadline before; a longer one is sent again.
constexpr StepFacts kTable[] = {
    //                                                                                                       reads idem. int. destr. s
    {K::close, "hooks.d/close cordons the scheduler; compute mode prohibited where settings are allowed",    no,  yes, no,  no,  300, "each hook's exit code, each GPU's compute mode"},
    {K::wait, "waits until nothing holds a GPU",                                                             yes, yes, yes, no,  86'400, "clients per GPU, holders of /dev/nvidia*"},
    {K::terminate, "SIGTERM, 30 s, SIGKILL, 30 s for the processes that hold the GPUs",                      no,  no,  no,  yes, 120, "each process gone, the holders again"},
    {K::verify, "looks for the proof that nothing is left",                                                  yes, yes, no,  no,  120, "holders, memory in use, compute mode, per GPU"},
    {K::inspect, "quick check of every GPU",                                                                 yes, yes, no,  no,  300, "an answer, row remaps, uncorrected ECC, recovery action, NVLinks, per GPU"},
    {K::reopen, "compute mode as before the close, then hooks.d/return",                                     no,  yes, no,  no,  300, "each GPU's compute mode, each hook's exit code"},
    {K::precheck, "is this GPU fit for a tenant",                                                            yes, yes, no,  no,  300, "holders, memory in use, row remaps, uncorrected ECC, NVLinks, per GPU"},
    {K::scrub, "fills all free memory with a pattern, then with zero",                                       no,  yes, yes, yes, 600, "every word, twice; bytes covered, of total; rates"},
    {K::configure, "persistence, compute mode, power limit, locked clocks, MIG off, ECC",                       no,  yes, no,  no,  300, "each setting; locked clocks by the clock under load"},
    {K::canary, "a bf16 product with known result on each GPU",                                              no,  yes, yes, no,  300, "every sum, bit by bit"},
    {K::openLease, "hooks.d/open grants the tenant",                                                         no,  yes, no,  no,  300, "each hook's exit code"},
    {K::releaseLease, "hooks.d/release takes the grant back",                                                no,  yes, no,  no,  300, "each hook's exit code"},
    {K::burnIn, "memory, bandwidth, products, transfers and full load by profile",                           no,  yes, yes, yes, 300, "each test's figure against its threshold, XIDs and ECC meanwhile"},
    {K::resetGpu, "the driver's reset tool on GPUs that nobody holds",                                       no,  no,  no,  yes, 180, "the same UUID answers, volatile ECC, row remaps, drain state, settings as before, per GPU"},
    {K::reboot, "the host's own reboot command",                                                             no,  no,  no,  yes, 900, "another boot id"},
    {K::identify, "hooks.d/identify makes the chassis blink",                                                no,  yes, no,  no,  300, "each hook's exit code"},
    {K::mig, "MIG mode on, as the lease asks: the last step, since CUDA shows no whole GPU from then on",    no,  yes, no,  no,  300, "each GPU's MIG mode"},
};
constexpr StepFacts kNone{K::unknown, "", no, no, no, no, 300, ""};

constexpr bool isInOrder() {
    for (std::size_t i = 0; i < std::size(kTable); ++i)
        if (static_cast<std::size_t>(kTable[i].kind) != i + 1) return false;
    return std::size(kTable) == static_cast<std::size_t>(kLastStepKind);
}
static_assert(isInOrder(), "a row for every kind of step, in their order");

std::string_view word(bool value) { return value ? "yes" : "no"; }

} // namespace

std::span<const StepFacts> stepTable() { return kTable; }

const StepFacts& factsOf(StepKind kind) {
    const auto index = static_cast<std::size_t>(kind);
    return index == 0 || index > std::size(kTable) ? kNone : kTable[index - 1];
}

std::string stepTableText() {
    std::string text = fmt::format("# The steps\n\nMade from the table in models/domain/step_table.cpp; a test compares. A step that only reads is repeated after a failure, up to {} times in all. One that is not "
                                   "idempotent is never run twice: after a crash the agent looks at the hardware and tells.\n\n"
                                   "| step | does | reads only | idempotent | interruptible | destructive | longest | reads back |\n|---|---|---|---|---|---|---|---|\n",
                                   kReadAttempts);
    for (const StepFacts& row : kTable) {
        const std::string longest = row.kind == K::burnIn ? "by profile: 5 min, 2 h, 26 h" : row.longestSeconds >= 3600 ? fmt::format("{} h", row.longestSeconds / 3600) : fmt::format("{} min", row.longestSeconds / 60);
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", toString(row.kind), row.does, word(row.reads), word(row.idempotent), word(row.interruptible), word(row.destructive), longest, row.readsBack);
    }
    return text;
}

} // namespace busbar
