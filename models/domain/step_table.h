// What every kind of step is, in one table (design/lifecycle.md §2, §6): the engine decides by it what may be repeated, cancelled and how
// long it may last, plans and logs mark by it what is destructive, and the documentation's table is made from it. Constants; thread-safe.
#pragma once

#include "domain/action.h"

#include <span>
#include <string>

namespace busbar {

struct StepFacts {
    StepKind kind = StepKind::unknown;
    const char* does;
    bool reads = false;         ///< changes nothing: may be sent again under a new id after a failure (up to kReadAttempts times in all)
    bool idempotent = false;    ///< running it again after a crash does no harm: the agent goes on with it; else it only looks and tells
    bool interruptible = false; ///< ends soon when asked to, with what it had done read back or undone by itself
    bool destructive = false;   ///< ends something that cannot be brought back
    int longestSeconds = 0;     ///< on the agent; burn-in's is its profile's, see longestSeconds()
    const char* readsBack;
};

/// A row for every kind but `unknown`, in the order of StepKind.
std::span<const StepFacts> stepTable();
/// Of `unknown`: a row without rights that lasts 300 s.
const StepFacts& factsOf(StepKind kind);

/// The table as Markdown. The documentation's copy (resources/docs/steps.md) is compared with it by a test.
std::string stepTableText();

} // namespace busbar
