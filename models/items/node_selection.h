// The nodes a person has marked, one set for all views of a window: by id, so that it survives sorting, filters, refreshes and new epochs.
// Ids that vanish from their site are taken out and reported. GUI thread only.
#pragma once

#include "store/fleet_snapshot.h"

#include <QObject>
#include <QStringList>

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace busbar::items {

class NodeSelection : public QObject {
    Q_OBJECT
public:
    explicit NodeSelection(QObject* parent = nullptr);

    /// The newest fleet: takes out ids whose site is live and does not know them any more.
    void setFleet(const store::FleetPtr& fleet);

    bool contains(const store::SiteSnapshot& site, std::uint32_t node) const;
    bool contains(const std::string& id) const { return m_ids.count(id) > 0; }
    std::size_t size() const { return m_ids.size(); }
    bool empty() const { return m_ids.empty(); }
    /// Sorted.
    std::vector<std::string> ids() const;
    /// Grows with each change: a cheap "did it change" for painters.
    std::uint64_t version() const { return m_version; }

public Q_SLOTS:
    void clear();

public:
    void set(const std::vector<std::string>& ids);
    void add(const std::vector<std::string>& ids);
    void remove(const std::vector<std::string>& ids);
    void toggle(const std::string& id);

Q_SIGNALS:
    void changed();
    /// Ids that were selected and are gone from their site.
    void vanished(const QStringList& ids);

private:
    void bump();
    std::unordered_set<std::string> m_ids;
    std::vector<std::uint64_t> m_identityVersions;
    std::uint64_t m_version = 0;
};

/// "site/name" of a node.
std::string nodeId(const store::SiteSnapshot& site, std::uint32_t node);

} // namespace busbar::items
