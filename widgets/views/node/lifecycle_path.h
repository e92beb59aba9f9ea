// Where a node is in its life (lifecycle.md §1): the road from planned to ready, the step it is at, and when it passed each, as far as
// its fact history knows. A step that the history does not tell of is not ticked. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"

#include <QString>
#include <QVector>
#include <QWidget>

namespace busbar::views {

struct LifecycleStep {
    enum class Mark : std::uint8_t { ahead, passed, unrecorded, current, failed };
    QString name, when;
    Mark mark = Mark::ahead;
    bool operator==(const LifecycleStep&) const = default;
};

/// The seven steps of a node in `state` with `history` (newest last). A node in triage, repair or retired is at none of them.
QVector<LifecycleStep> lifecycleSteps(NodeState state, const std::vector<FactChange>& history);

class LifecyclePath : public QWidget {
    Q_OBJECT
public:
    static constexpr int kStepWidth = 108;
    explicit LifecyclePath(QWidget* parent = nullptr);
    void setSteps(QVector<LifecycleStep> steps);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintStep(QPainter& painter, int index) const;
    QVector<LifecycleStep> m_steps;
};

} // namespace busbar::views
