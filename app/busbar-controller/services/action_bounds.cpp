#include "busbar-controller/services/action_bounds.h"

#include "busbar/v1/actions.pb.h"

namespace busbar::controller {
namespace {

constexpr int kNewestLines = 100;

template <typename Change>
void eachStep(v1::Action* action, Change change) {
    for (auto& target : *action->mutable_targets())
        for (auto& step : *target.mutable_steps()) change(step);
}

void slim(v1::StepRecord& step) {
    v1::StepRecord kept;
    kept.set_kind(step.kind());
    kept.set_state(step.state());
    kept.set_share(step.share());
    kept.set_destructive(step.destructive());
    step.Swap(&kept);
}

void leaveOutSentences(v1::Action* action) {
    for (auto& target : *action->mutable_targets()) target.clear_sentence();
    action->mutable_blast()->clear_tenants();
    action->mutable_blast()->clear_free_by_model();
    action->mutable_blast()->clear_failure_domains();
}

void leaveOut(ActionPart part, v1::Action* action) {
    switch (part) {
    case ActionPart::evidence:
        return eachStep(action, [](v1::StepRecord& step) {
            step.clear_evidence();
            step.clear_figures();
        });
    case ActionPart::log:
        if (action->log_size() > kNewestLines) action->mutable_log()->DeleteSubrange(0, action->log_size() - kNewestLines);
        for (auto& target : *action->mutable_targets()) target.clear_blockers();
        return;
    case ActionPart::stepDetails: return eachStep(action, slim);
    case ActionPart::steps:
        for (auto& target : *action->mutable_targets()) target.clear_steps();
        return;
    case ActionPart::sentences: return leaveOutSentences(action);
    }
}

/// Answers how many of `actions` do not fit.
std::size_t fill(const std::vector<std::shared_ptr<const Action>>& actions, std::size_t maxBytes, std::size_t each, v1::ListActionsReply* to) {
    to->clear_actions();
    std::size_t bytes = 0;
    for (const std::shared_ptr<const Action>& action : actions) {
        v1::Action encoded;
        encodeWithin(*action, each, &encoded);
        bytes += encoded.ByteSizeLong();
        if (bytes > maxBytes) break;
        *to->add_actions() = std::move(encoded);
    }
    return actions.size() - static_cast<std::size_t>(to->actions_size());
}

} // namespace

void encodeWithin(const Action& action, std::size_t maxBytes, v1::Action* to) {
    wire::encode(action, to);
    std::size_t size = to->ByteSizeLong();
    for (unsigned part = 0; part <= static_cast<unsigned>(kLastActionPart) && size > maxBytes; ++part) {
        leaveOut(static_cast<ActionPart>(part), to);
        if (to->ByteSizeLong() < size) to->set_left_out(to->left_out() | bitOf(static_cast<ActionPart>(part)));
        size = to->ByteSizeLong();
    }
}

void encodeWithin(const std::vector<std::shared_ptr<const Action>>& actions, std::size_t maxBytes, v1::ListActionsReply* to) {
    std::size_t left = fill(actions, maxBytes, kWatchedActionBytes, to);
    if (left > 0) left = fill(actions, maxBytes, maxBytes / actions.size(), to);
    to->set_left_out(static_cast<std::uint32_t>(left));
}

} // namespace busbar::controller
