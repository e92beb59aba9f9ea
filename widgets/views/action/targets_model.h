// The targets of one action, worst first; cells are made when they are painted. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/cell_table.h"

namespace busbar::views {

class TargetsModel : public CellModel {
    Q_OBJECT
public:
    explicit TargetsModel(QObject* parent = nullptr);
    void setAction(ActionPtr action, std::int64_t nowWallMs);
    const TargetRecord* target(int row) const;
    int rowOf(const std::string& nodeId) const;

    Cell cell(int row, int column) const override;
    int rowCount(const QModelIndex& parent = {}) const override;

    enum ColumnId { kSign, kNode, kWave, kState, kSteps, kNow, kBlocker, kUser, kLease, kElapsed };

private:
    ActionPtr m_action;
    std::vector<const TargetRecord*> m_order; ///< into m_action
    std::int64_t m_nowMs = 0;
};

} // namespace busbar::views
