// All that was read back and measured for one target of an action, step by step and GPU by GPU, with who signed it, and its export. Until it is
// verified it shows what the stream told, then what was proven.
// Works on domain values; checking signatures and writing files are the owner's, who answers with sentences. GUI thread only.
#pragma once

#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/surface.h"

#include "domain/action.h"

#include <memory>
#include <optional>
#include <utility>

namespace busbar::views {

/// How far the signatures over the evidence on show are known.
struct SignatureState {
    enum class Kind : unsigned char { notAsked, checking, verified, wrong, notSigned } kind = Kind::notAsked;
    QString sentence; ///< "signed by node pdx1/n1, taken up by controller pdx1/c1"; why it is wrong
    /// What was proven of the target (evidence_rows.h, recordOf): from then on this is shown, not what the stream told.
    std::shared_ptr<const TargetRecord> proven;
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
    /// A further step of the target has ended, or the target itself: there is more to check.
    void proofChanged();
    /// A person has named the file.
    void exportWanted(const QString& path);

private:
    void build();
    void showStep();
    void refresh();
    void showHead();
    const TargetRecord* told() const;
    /// The stream left it out, and it is not proven yet.
    bool isLeftOut() const;
    void askExport();

    std::shared_ptr<const Action> m_action;
    std::string m_actionId, m_nodeId;
    std::pair<std::ptrdiff_t, bool> m_ended; ///< steps of the target that have, as the stream told, and whether it has itself
    std::shared_ptr<const TargetRecord> m_proven; ///< the newest that verified
    bool m_sure = false;                          ///< nothing has ended since m_proven
    std::optional<TargetRecord> m_shown;
    ListCellModel *m_steps, *m_evidence, *m_figures;
    CellTable *m_stepTable, *m_evidenceTable, *m_figureTable;
    Line *m_head, *m_proof, *m_evidenceHead = nullptr, *m_figuresHead = nullptr, *m_signature, *m_told;
    Paragraph *m_noEvidence, *m_noFigures;
    Button* m_export;
};

} // namespace busbar::views
