// All that was read back and measured for one target of an action, step by step and GPU by GPU, with who signed it, and its export.
// Works on domain values; checking signatures and writing files are the owner's, who answers with sentences. GUI thread only.
#pragma once

#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/surface.h"

#include "domain/action.h"

#include <memory>

namespace busbar::views {

/// How far the signatures over the evidence on show are known.
struct SignatureState {
    enum class Kind : unsigned char { notAsked, checking, verified, wrong, notSigned } kind = Kind::notAsked;
    QString sentence; ///< "signed by node pdx1/n1, taken up by controller pdx1/c1"; why it is wrong
    bool operator==(const SignatureState&) const = default;
};

class EvidenceView : public Surface {
    Q_OBJECT
public:
    explicit EvidenceView(QWidget* parent = nullptr);
    /// The newest of the action; `nodeId` names the target. An action without it: a sentence says so. What is chosen stays.
    void setTarget(const std::shared_ptr<const Action>& action, const std::string& nodeId);
    /// Somebody is there who can check signatures and write exports: both are offered.
    void allowExport();
    void setSignature(const SignatureState& state);
    /// How an export goes or ended; while `busy` no other can be asked for.
    void setExport(const QString& sentence, Sign sign, bool busy);
    const std::string& actionId() const { return m_actionId; }
    const std::string& nodeId() const { return m_nodeId; }

Q_SIGNALS:
    /// A further step of the target has ended: there is more to check.
    void proofChanged();
    /// A person has named the file.
    void exportWanted(const QString& path);

private:
    void build();
    void showStep();
    void showHead(const TargetRecord* target);
    const TargetRecord* target() const;
    void askExport();

    std::shared_ptr<const Action> m_action;
    std::string m_actionId, m_nodeId;
    std::ptrdiff_t m_ended = 0; ///< steps of the target that have ended
    ListCellModel *m_steps, *m_evidence, *m_figures;
    CellTable *m_stepTable, *m_evidenceTable, *m_figureTable;
    Line *m_head, *m_proof, *m_evidenceHead = nullptr, *m_figuresHead = nullptr, *m_signature, *m_told;
    Paragraph *m_noEvidence, *m_noFigures;
    Button* m_export;
};

} // namespace busbar::views
