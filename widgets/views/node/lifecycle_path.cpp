#include "widgets/views/node/lifecycle_path.h"

#include "domain/fact_tables.h"
#include "widgets/views/parts/look.h"
#include "widgets/views/parts/text.h"

#include <QPainter>

#include <algorithm>
#include <array>

namespace busbar::views {

namespace {

using Mark = LifecycleStep::Mark;

constexpr std::array kRoad{NodeState::planned,  NodeState::racked, NodeState::discovered, NodeState::inspecting,
                           NodeState::firmware, NodeState::burnIn, NodeState::ready};

/// Index on the road; a failed phase stands at its own step; -1 off the road.
int stepOf(NodeState state) {
    if (state == NodeState::inspectingFailed) state = NodeState::inspecting;
    if (state == NodeState::firmwareFailed) state = NodeState::firmware;
    if (state == NodeState::burnInFailed) state = NodeState::burnIn;
    const auto found = std::find(kRoad.begin(), kRoad.end(), state);
    return found == kRoad.end() ? -1 : static_cast<int>(found - kRoad.begin());
}

/// When the node last came into `state`; 0 unknown.
std::int64_t cameInto(NodeState state, const std::vector<FactChange>& history) {
    for (auto change = history.rbegin(); change != history.rend(); ++change)
        if (change->fact == "state" && change->to == toString(state)) return change->wallMs;
    return 0;
}

} // namespace

QVector<LifecycleStep> lifecycleSteps(NodeState state, const std::vector<FactChange>& history) {
    QVector<LifecycleStep> steps;
    const int current = stepOf(state);
    for (int i = 0; i < static_cast<int>(kRoad.size()); ++i) {
        const NodeState at = i == current ? state : kRoad[static_cast<std::size_t>(i)];
        const std::int64_t when = cameInto(at, history);
        LifecycleStep step{toQt(toString(at)), when > 0 ? dayText(when) : QString()};
        if (i == current) step.mark = isFailedPhase(state) ? Mark::failed : Mark::current;
        else if (i < current || current < 0) step.mark = when > 0 ? Mark::passed : Mark::unrecorded;
        steps << step;
    }
    return steps;
}

LifecyclePath::LifecyclePath(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed); }

void LifecyclePath::setSteps(QVector<LifecycleStep> steps) {
    if (steps == m_steps) return;
    m_steps = std::move(steps);
    QStringList words;
    for (const LifecycleStep& step : m_steps)
        if (step.mark == Mark::current || step.mark == Mark::failed || step.mark == Mark::passed)
            words << QStringLiteral("%1%2 %3").arg(step.mark == Mark::current ? QStringLiteral("now ") : QString(), step.name, step.when);
    setToolTip(QStringLiteral("The node's road to ready. A dotted step is one that its fact history does not tell of."));
    setAccessibleName(
        QStringLiteral("lifecycle: %1").arg(words.isEmpty() ? QStringLiteral("not on the road to ready") : words.join(QStringLiteral(", "))));
    updateGeometry();
    update();
}

QSize LifecyclePath::sizeHint() const { return {static_cast<int>(m_steps.size()) * kStepWidth + 8, 46}; }

void LifecyclePath::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int i = 0; i < m_steps.size(); ++i) paintStep(painter, i);
}

void LifecyclePath::paintStep(QPainter& painter, int index) const {
    const LifecycleStep& step = m_steps[index];
    const int left = index * kStepWidth;
    const bool here = step.mark == Mark::current || step.mark == Mark::failed;
    const bool certain = here || step.mark == Mark::passed;
    const QPen road(tone(step.mark == Mark::passed ? Tone::secondary : Tone::line), 1.5);
    if (index + 1 < m_steps.size()) {
        painter.setPen(road);
        painter.drawLine(QPointF(left + 20, 12), QPointF(left + kStepWidth + 4, 12));
    }
    painter.setPen(QPen(tone(certain ? Tone::secondary : Tone::muted), 1.5, certain ? Qt::SolidLine : Qt::DotLine));
    painter.setBrush(tone(step.mark == Mark::current ? Tone::text : Tone::base));
    if (step.mark == Mark::failed) paintSign(painter, Sign::p2, QRectF(left + 4, 3, 17, 17));
    else painter.drawEllipse(QPointF(left + 12, 12), here ? 7.5 : 5, here ? 7.5 : 5);
    if (step.mark == Mark::passed) {
        painter.setPen(QPen(tone(Tone::secondary), 1.3));
        painter.drawPolyline(QPolygonF{{left + 9.5, 12}, {left + 11.5, 14}, {left + 15.0, 10}});
    }
    painter.setFont(face(kDensePx, here));
    painter.setPen(tone(here ? Tone::text : certain ? Tone::secondary : Tone::muted));
    painter.drawText(QPointF(left + 2, 32), step.name);
    painter.setFont(face(kCaptionPx));
    painter.setPen(tone(Tone::muted));
    painter.drawText(QPointF(left + 2, 45), step.when);
}

} // namespace busbar::views
