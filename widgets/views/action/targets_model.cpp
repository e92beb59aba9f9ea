#include "widgets/views/action/targets_model.h"

#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::views {

namespace {

bool isOpen(TargetState state) { return state != TargetState::succeeded && state != TargetState::waiting; }

Cell stateCell(const TargetRecord& target) { return {.text = toQt(toString(target.state)), .tone = isOpen(target.state) ? Tone::text : Tone::secondary, .bold = isOpen(target.state)}; }

Cell nowCell(const TargetRecord& target) {
    if (target.steps.empty()) return {};
    int index = -1;
    const StepRecord* step = currentStep(target, &index);
    if (step == nullptr) return {.text = QStringLiteral("0 of %1").arg(target.steps.size()), .tone = Tone::secondary};
    return {.text = QStringLiteral("%1 of %2 %3").arg(index + 1).arg(target.steps.size()).arg(toQt(toString(step->kind))), .tone = Tone::secondary};
}

Cell blockerCell(const TargetRecord& target) {
    if (target.blockers.empty() || isFinal(target.state)) return {.text = toQt(target.sentence), .tone = target.state == TargetState::failed ? Tone::text : Tone::secondary, .bold = target.state == TargetState::failed};
    const Blocker& first = target.blockers.front();
    const QString more = target.blockerCount > 1 ? QStringLiteral(" +%1").arg(target.blockerCount - 1) : QString();
    if (first.pid <= 0) return {.text = toQt(first.note.empty() ? target.sentence : first.note)};
    QStringList detail{toQt(first.command)};
    if (first.memoryMib >= 0) detail << memoryText(first.memoryMib);
    if (first.ageMs >= 0) detail << durationText(first.ageMs);
    return {.text = QStringLiteral("pid %1%2").arg(first.pid).arg(more), .second = detail.join(QStringLiteral(" \u00b7 ")), .bold = true, .tip = toQt(target.sentence)};
}

} // namespace

TargetsModel::TargetsModel(QObject* parent)
    : CellModel({{QString(), 30}, {QStringLiteral("node"), 136}, {QStringLiteral("wave"), 44, Qt::AlignRight}, {QStringLiteral("target state"), 104}, {QStringLiteral("steps"), 84}, {QStringLiteral("now"), 104},
                 {QStringLiteral("blocker or last fact"), 0}, {QStringLiteral("user"), 82}, {QStringLiteral("lease"), 76}, {QStringLiteral("elapsed"), 84, Qt::AlignRight}},
                parent) {}

void TargetsModel::setAction(ActionPtr action, std::int64_t nowWallMs) {
    std::vector<const TargetRecord*> order;
    if (action)
        for (const TargetRecord& target : action->targets)
            order.push_back(&target);
    std::stable_sort(order.begin(), order.end(), [](const TargetRecord* a, const TargetRecord* b) { return badness(a->state) < badness(b->state); });
    m_nowMs = nowWallMs;
    const bool sameSize = order.size() == m_order.size();
    if (!sameSize) beginResetModel();
    m_action = std::move(action);
    m_order = std::move(order);
    if (!sameSize) endResetModel();
    else if (!m_order.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

const TargetRecord* TargetsModel::target(int row) const { return row >= 0 && row < rowCount() ? m_order[static_cast<std::size_t>(row)] : nullptr; }

int TargetsModel::rowOf(const std::string& nodeId) const {
    const auto found = std::find_if(m_order.begin(), m_order.end(), [&](const TargetRecord* target) { return target->nodeId == nodeId; });
    return found == m_order.end() ? -1 : static_cast<int>(found - m_order.begin());
}

int TargetsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_order.size()); }

Cell TargetsModel::cell(int row, int column) const {
    const TargetRecord* found = target(row);
    if (found == nullptr) return {};
    const bool blocked = !found->blockers.empty() && !isFinal(found->state);
    switch (column) {
    case kSign: return {.sign = signOf(found->state, m_action->verb)};
    case kNode: return {.text = nameOf(found->nodeId), .bold = true};
    case kWave: return {.text = countText(found->wave), .tone = Tone::secondary};
    case kState: return stateCell(*found);
    case kSteps: return {.text = nowCell(*found).text, .boxes = stepBoxes(*found)};
    case kNow: return nowCell(*found);
    case kBlocker: return blockerCell(*found);
    case kUser: return {.text = blocked ? toQt(found->blockers.front().user) : QString()};
    case kLease: return {.text = blocked ? toQt(found->blockers.front().lease) : QString(), .tone = Tone::secondary};
    case kElapsed:
        if (found->startedWallMs <= 0) return {};
        return {.text = durationText((found->endedWallMs > 0 ? found->endedWallMs : m_nowMs) - found->startedWallMs)};
    default: return {};
    }
}

} // namespace busbar::views
