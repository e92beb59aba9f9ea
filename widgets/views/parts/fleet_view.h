// What every view of the fleet has in common: it gets snapshots, the query and the window's selection, and says what a person wants.
// It never starts anything itself. GUI thread only.
#pragma once

#include "domain/action.h"
#include "store/fleet_snapshot.h"
#include "store/query/query.h"

#include <QStringList>
#include <QWidget>

#include <cstdint>
#include <functional>

namespace busbar::items {
class NodeSelection;
}

namespace busbar::views {

/// What stands against a plan for these nodes: nothing as long as one of their sites takes it, since the plan leaves the others out; else what
/// `why` says of each of them, which is empty where nothing does.
QString whyNone(const QStringList& ids, const std::function<QString(const QString& site)>& why);

class FleetView : public QWidget {
    Q_OBJECT
public:
    /// `selection` is the window's, shared by its views, and outlives them.
    explicit FleetView(items::NodeSelection& selection, QWidget* parent = nullptr) : QWidget(parent), m_selection(selection) {}

    /// The newest fleet; never nullptr. At most once a frame, and each second without change so that ages go on.
    virtual void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) = 0;
    /// The window's query, valid; `text` as typed.
    virtual void setQuery(const query::QueryPtr& query, const QString& text) = 0;

    /// Why no plan of `verb` can be made at a site now; empty text: it can be tried. The controller decides anyway.
    using OffReason = std::function<QString(const QString& site, Verb verb)>;
    /// Without one, or with an empty one, nothing stands against a plan but what the view sees itself.
    virtual void setOffReason(OffReason offReason) { m_offReason = std::move(offReason); }

Q_SIGNALS:
    /// Show all about "site/name".
    void nodeOpened(const QString& id);
    /// Preview this verb for these nodes; nothing runs before a person confirms the plan.
    void planRequested(busbar::Verb verb, const QStringList& ids);
    /// Put this text into the query bar ("site:lga1 health!=ok").
    void queryRequested(const QString& text);
    /// Go to "heatmap", "nodes", "actions" …
    void viewRequested(const QString& viewId);
    /// What the status line says of this view: "row 9 of 1,284 · 3 ms".
    void statusChanged(const QString& text);

protected:
    items::NodeSelection& selection() const { return m_selection; }
    QString siteOffReason(const QString& site, Verb verb) const { return m_offReason ? m_offReason(site, verb) : QString(); }
    /// Why `verb` cannot be planned for any of the nodes; empty text: it can be tried.
    virtual QString planOff(Verb verb, const QStringList& ids);
    /// Asks which verb to preview for `ids` (key `x`), and emits planRequested for the one chosen. What stands against all of them is returned.
    QString askVerb(const QStringList& ids, const QPoint& where);

private:
    items::NodeSelection& m_selection;
    OffReason m_offReason;
};

} // namespace busbar::views
