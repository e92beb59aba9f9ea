#include "store/action_book.h"

#include <algorithm>

namespace busbar::store {
namespace {

/// Actions kept in the console; the oldest go first (the controller has them all).
constexpr std::size_t kMaxActions = 5'000;

/// Newest first; of two made in one millisecond the greater id (a ULID) is the newer.
bool newer(const ActionPtr& a, const ActionPtr& b) { return a->createdWallMs != b->createdWallMs ? a->createdWallMs > b->createdWallMs : a->id > b->id; }

} // namespace

ActionPtr ActionsSnapshot::find(const std::string& id) const {
    const auto found = std::ranges::find_if(actions, [&](const ActionPtr& action) { return action->id == id; });
    return found == actions.end() ? nullptr : *found;
}

bool ActionBook::put(ActionPtr action) {
    auto& actions = m_now.actions;
    ActionPtr& known = m_known[action->id];
    if (known != nullptr) {
        if (known->revision > action->revision) return false;
        const auto place = std::ranges::lower_bound(actions, known, newer);
        if (known->createdWallMs == action->createdWallMs) {
            *place = known = std::move(action);
            return true;
        }
        actions.erase(place); // No controller of ours says another time than before; the order must hold all the same.
    }
    known = action;
    actions.insert(std::ranges::upper_bound(actions, action, newer), std::move(action));
    if (actions.size() > kMaxActions) {
        m_known.erase(actions.back()->id);
        actions.pop_back();
    }
    return true;
}

void ActionBook::setLoaded(const std::string& site) {
    if (std::ranges::find(m_now.loadedSites, site) == m_now.loadedSites.end()) m_now.loadedSites.push_back(site);
}

void ActionBook::setTrouble(ActionTrouble trouble) {
    std::erase_if(m_now.troubles, [&](const ActionTrouble& known) { return known.site == trouble.site; });
    if (!trouble.sentence.empty()) m_now.troubles.push_back(std::move(trouble));
}

ActionsPtr ActionBook::snapshot() {
    ++m_now.sequence;
    return std::make_shared<const ActionsSnapshot>(m_now);
}

} // namespace busbar::store
