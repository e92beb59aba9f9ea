// In which waves a plan would go and what would pause it: a box a wave, wide by its nodes, and the breaker's limits. GUI thread only.
#pragma once

#include "domain/action.h"

#include <QString>
#include <QWidget>

namespace busbar::views {

class Line;
class WaveBoxes;

class PlanWaves : public QWidget {
    Q_OBJECT
public:
    explicit PlanWaves(QWidget* parent = nullptr);
    /// Hidden for a plan over a single node, or where the controller tells no waves.
    void setPlan(const Plan& plan);

private:
    WaveBoxes* m_boxes;
    Line* m_breaker;
};

} // namespace busbar::views
