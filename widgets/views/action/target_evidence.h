// Right part of the action view: what was read back for one target before and after, the log, and the way back. GUI thread only.
#pragma once

#include "widgets/views/action/action_words.h"
#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/surface.h"

class QPlainTextEdit;

namespace busbar::views {

/// Evidence of one fact over a node's GPUs folded into one line, when all read the same.
struct FoldedEvidence {
    QString fact, before, after, source;
    Verdict verdict = Verdict::unknown;
    int parts = 1;
    std::int64_t readWallMs = 0;
};
std::vector<FoldedEvidence> foldEvidence(const TargetRecord& target);
/// "Verdict: drained. 25 of 25 facts read back …": never better than the evidence. `target` is one of `action`.
QString verdictSentence(const Action& action, const TargetRecord& target);

class TargetEvidence : public Surface {
    Q_OBJECT
public:
    explicit TargetEvidence(QWidget* parent = nullptr);
    /// `target` belongs to `action` and may be nullptr: then only log and way back are shown. `blocked`: why no undo can be planned.
    void setTarget(const ActionPtr& action, const TargetRecord* target, const QString& blocked);

Q_SIGNALS:
    void undoRequested();
    /// Show all of it: step by step, GPU by GPU.
    void allRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showEvidence(const Action& action, const TargetRecord* target);
    void showLog(const Action& action, const TargetRecord* target);
    void showWayBack(const Action& action, const QString& blocked);

    Line* m_head = nullptr;
    Line* m_steps;
    ListCellModel* m_model;
    CellTable* m_table;
    Paragraph* m_verdict;
    Line* m_logHead = nullptr;
    QPlainTextEdit* m_log;
    Paragraph* m_back;
    Button *m_undo, *m_all;
};

} // namespace busbar::views
