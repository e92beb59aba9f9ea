// Head of the node view (106 px): who the node is, its five facts side by side and the rack's class, the road of its life, and what can be
// planned for it. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "widgets/views/node/lifecycle_path.h"
#include "widgets/views/node/neighbours.h"
#include "widgets/views/parts/surface.h"

#include <QString>
#include <QVector>

#include <cstdint>

namespace busbar::views {

/// All the head says, put together by the view from snapshot and detail; unknown texts are "?".
struct HeadFacts {
    QString name, line; ///< "b07-r12-u14"; "8 × H200 · rack r12 · U14 · SN …"
    QString tip; ///< id, place and domains whole
    Source source = Source::unknown;
    QString sourceTip; ///< which part is recorded, drawn or placed by us
    NodeFacts facts;
    bool stale = false; ///< site or agent is silent: last values, hatched
    /// Under each fact.
    QString stateNote, serviceNote, occupancy, occupancyNote, healthNote, linkNote;
    QString rack, rackNote;
    QVector<LifecycleStep> steps;
    QString exits; ///< ways out of the road, or where the node is when it is off it
    QString drainOff, returnOff; ///< why not; empty: can be planned
    bool operator==(const HeadFacts&) const = default;
};

class NodeHead : public Surface {
    Q_OBJECT
public:
    explicit NodeHead(QWidget* parent = nullptr);
    void setFacts(const HeadFacts& facts);
    const HeadFacts& facts() const { return m_facts; }

Q_SIGNALS:
    void drainRequested();
    void returnRequested();
    /// Which action is still to be asked.
    void verbsRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    class FactBox;
    void showButtons();

    HeadFacts m_facts;
    QWidget* m_who = nullptr;
    Line *m_name, *m_line;
    QVector<FactBox*> m_boxes;
    LifecyclePath* m_path;
    Line* m_exits;
    Button *m_drain, *m_return, *m_plan;
};

} // namespace busbar::views
