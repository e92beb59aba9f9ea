// The actions of all sites as the console knows them: an immutable list, newest first. Made by the session, shown by items and views.
#pragma once

#include "domain/action.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace busbar::store {

using ActionPtr = std::shared_ptr<const Action>;

/// A site whose actions do not come as they change, or not all of them.
struct ActionTrouble {
    std::string site, sentence; ///< the sentence names the site, says why, and what is done about it
    bool operator==(const ActionTrouble&) const = default;
};

struct ActionsSnapshot {
    std::vector<ActionPtr> actions;       ///< newest first; ids carry their site
    std::vector<std::string> loadedSites; ///< sites whose actions have all come at least once
    std::vector<ActionTrouble> troubles;  ///< what stands of these sites' actions may be old
    std::uint64_t sequence = 0;           ///< grows with every change

    /// nullptr when unknown.
    ActionPtr find(const std::string& id) const;
};
using ActionsPtr = std::shared_ptr<const ActionsSnapshot>;

/// Gathers updates; keeps the newest revision of each action. Not thread-safe.
class ActionBook {
public:
    /// False when an update is older than what is known.
    bool put(ActionPtr action);
    void setLoaded(const std::string& site);
    /// Replaces what stood of its site; without a sentence nothing is wrong there any more.
    void setTrouble(ActionTrouble trouble);
    ActionsPtr snapshot();

private:
    ActionsSnapshot m_now;
    std::unordered_map<std::string, ActionPtr> m_known; ///< those of m_now by id: a site's first sync brings thousands, one after the other
};

} // namespace busbar::store
