#include "widgets/views/evidence/evidence_view.h"

#include "widgets/views/evidence/evidence_rows.h"
#include "widgets/views/parts/ask_file.h"
#include "widgets/views/parts/text.h"

#include <QDir>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace busbar::views {

namespace {

constexpr int kRow = 24, kStepsWidth = 320;

Sign signOf(SignatureState::Kind kind) {
    switch (kind) {
    case SignatureState::Kind::verified: return Sign::check;
    case SignatureState::Kind::wrong: return Sign::p1;
    case SignatureState::Kind::notSigned: return Sign::unknown;
    default: return Sign::none;
    }
}

QString wordOf(SignatureState::Kind kind) {
    switch (kind) {
    case SignatureState::Kind::verified: return QStringLiteral("Signatures verified");
    case SignatureState::Kind::wrong: return QStringLiteral("Signatures do NOT verify");
    case SignatureState::Kind::notSigned: return QStringLiteral("Not signed");
    case SignatureState::Kind::checking: return QStringLiteral("Checking the signatures \u2026");
    case SignatureState::Kind::notAsked: return QStringLiteral("Signatures not checked yet");
    }
    return {};
}

CellTable* makeTable(ListCellModel* model, const char* name, const QString& says, QWidget* parent) {
    auto* table = new CellTable(model, kRow, parent);
    table->setObjectName(QLatin1String(name));
    table->setAccessibleName(says);
    return table;
}

} // namespace

EvidenceView::EvidenceView(QWidget* parent)
    : Surface(Tone::base, {}, parent), m_steps(new ListCellModel(stepColumns(), this)), m_evidence(new ListCellModel(evidenceColumns(), this)), m_figures(new ListCellModel(figureColumns(), this)),
      m_stepTable(makeTable(m_steps, "evidenceSteps", QStringLiteral("steps"), this)), m_evidenceTable(makeTable(m_evidence, "evidenceFacts", QStringLiteral("facts read back, before and after"), this)),
      m_figureTable(makeTable(m_figures, "evidenceFigures", QStringLiteral("figures against their thresholds"), this)), m_head(new Line(this)), m_proof(new Line(this)), m_signature(new Line(this)), m_told(new Line(this)),
      m_noEvidence(new Paragraph({}, Tone::secondary, kBasePx, this)), m_noFigures(new Paragraph({}, Tone::secondary, kBasePx, this)), m_export(new Button(QStringLiteral("Export signed evidence\u2026"), {}, this)) {
    build();
    connect(m_stepTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &EvidenceView::showStep);
    connect(m_export, &QPushButton::clicked, this, &EvidenceView::askExport);
    setSignature({});
    for (QWidget* offered : std::initializer_list<QWidget*>{m_signature, m_told, m_export}) offered->hide();
    setFocusProxy(m_stepTable);
}

void EvidenceView::build() {
    m_signature->setObjectName(QStringLiteral("signature"));
    m_told->setObjectName(QStringLiteral("exportTold"));
    m_export->setObjectName(QStringLiteral("export"));
    m_proof->setObjectName(QStringLiteral("proof"));
    auto* column = columnLayout(this);
    auto* head = columnLayout(nullptr, 4);
    head->setContentsMargins(14, 10, 14, 8);
    head->addWidget(m_head);
    head->addWidget(m_proof);
    column->addLayout(head);
    auto* row = rowLayout(nullptr, 0);
    auto* left = new Surface(Tone::base, Qt::TopEdge | Qt::RightEdge, this);
    left->setFixedWidth(kStepsWidth);
    auto* steps = columnLayout(left);
    steps->setContentsMargins(0, 1, 1, 0);
    steps->addWidget(makePanelHead(QStringLiteral("Steps"), nullptr, left));
    steps->addWidget(m_stepTable, 1);
    row->addWidget(left);
    auto* right = columnLayout();
    right->addWidget(makePanelHead(QStringLiteral("Read back"), &m_evidenceHead, this));
    right->addWidget(m_evidenceTable, 3);
    right->addWidget(m_noEvidence, 3);
    right->addWidget(makePanelHead(QStringLiteral("Figures"), &m_figuresHead, this));
    right->addWidget(m_figureTable, 3);
    right->addWidget(m_noFigures, 1);
    for (Paragraph* words : {m_noEvidence, m_noFigures}) {
        words->setContentsMargins(14, 12, 14, 12);
        words->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    }
    row->addLayout(right, 1);
    column->addLayout(row, 1);
    auto* foot = new Surface(Tone::panel, Qt::TopEdge, this);
    auto* footRow = rowLayout(foot, 10);
    footRow->setContentsMargins(14, 6, 10, 6);
    auto* words = columnLayout(nullptr, 2);
    words->addWidget(m_signature);
    words->addWidget(m_told);
    footRow->addLayout(words, 1);
    footRow->addWidget(m_export);
    column->addWidget(foot);
}

const TargetRecord* EvidenceView::told() const {
    if (!m_action) return nullptr;
    const auto found = std::ranges::find(m_action->targets, m_nodeId, &TargetRecord::nodeId);
    return found == m_action->targets.end() ? nullptr : &*found;
}

bool EvidenceView::isLeftOut() const { return m_action && !m_sure && busbar::isLeftOut(*m_action, ActionPart::evidence); }

void EvidenceView::setTarget(const std::shared_ptr<const Action>& action, const std::string& nodeId) {
    const bool other = !action || action->id != m_actionId || nodeId != m_nodeId;
    m_action = action;
    m_actionId = action ? action->id : std::string();
    m_nodeId = nodeId;
    const TargetRecord* const target = told();
    const std::pair<std::ptrdiff_t, bool> ended = target == nullptr ? std::pair<std::ptrdiff_t, bool>() : std::pair(std::ranges::count_if(target->steps, hasEnded), isFinal(target->state));
    const bool more = std::exchange(m_ended, ended) != ended;
    if (other) m_proven.reset();
    if (other || more) m_sure = false;
    refresh();
    if (other && m_shown) m_stepTable->setCurrentIndex(m_steps->index(0, 0));
    if (more && !other) Q_EMIT proofChanged();
}

void EvidenceView::refresh() {
    const TargetRecord* const target = told();
    m_shown.reset();
    if (target != nullptr) m_shown = m_proven ? shownOf(*target, *m_proven, m_sure) : *target;
    m_steps->setRows(m_shown ? stepRows(*m_shown) : QVector<QVector<Cell>>());
    showHead();
    showStep();
}

void EvidenceView::showHead() {
    if (!m_shown) {
        m_head->setRuns({strong(QStringLiteral("No evidence"), 16)});
        m_proof->setRuns({plain(m_action ? QStringLiteral("%1 is no target of this action").arg(toQt(m_nodeId)) : QStringLiteral("the action is not known any more"), Tone::secondary)});
        return;
    }
    Run state = chip(toQt(toString(m_shown->state)));
    m_head->setRuns({strong(nameOf(m_shown->nodeId), 16), plain(QStringLiteral("in %1").arg(shortActionId(m_actionId)), Tone::secondary), state});
    const QString proof = proofSentence(*m_shown);
    m_proof->setRuns({strong(!proof.isEmpty() ? proof : isLeftOut() ? leftOutSentence() : QStringLiteral("nothing was read back")), plain(toQt(m_shown->sentence), Tone::secondary)});
}

void EvidenceView::showStep() {
    const int row = m_stepTable->currentIndex().isValid() ? m_stepTable->currentIndex().row() : 0;
    const int step = stepOfRow(row);
    const bool one = m_shown && step >= 0 && step < std::ssize(m_shown->steps);
    m_evidence->setRows(!m_shown ? QVector<QVector<Cell>>() : evidenceRows(*m_shown, one ? step : kAllSteps));
    m_figures->setRows(!m_shown ? QVector<QVector<Cell>>() : figureRows(*m_shown, one ? step : kAllSteps));
    const QString of = one ? toQt(toString(m_shown->steps[static_cast<std::size_t>(step)].kind)) : QStringLiteral("all steps");
    m_evidenceHead->setRuns({strong(QStringLiteral("Read back"), kBasePx), plain(QStringLiteral("%1 \u00b7 what is not as set first").arg(of), Tone::muted)});
    m_figuresHead->setRuns({strong(QStringLiteral("Figures against thresholds"), kBasePx), plain(QStringLiteral("the line in a bar is the threshold"), Tone::muted)});
    const bool ended = m_shown && isFinal(m_shown->state);
    m_noEvidence->setText(isLeftOut() ? leftOutSentence() : ended ? QStringLiteral("Nothing was read back here.") : QStringLiteral("Nothing yet: facts come when a step has ended."));
    m_noFigures->setText(isLeftOut() ? leftOutSentence() : ended ? QStringLiteral("Nothing was measured here.") : QStringLiteral("Nothing yet."));
    m_evidenceTable->setVisible(m_evidence->rowCount() > 0);
    m_noEvidence->setVisible(m_evidence->rowCount() == 0);
    m_figureTable->setVisible(m_figures->rowCount() > 0);
    m_noFigures->setVisible(m_figures->rowCount() == 0);
}

void EvidenceView::allowExport() {
    for (QWidget* offered : std::initializer_list<QWidget*>{m_signature, m_told, m_export}) offered->show();
}

void EvidenceView::setSignature(const SignatureState& state) {
    m_sure = state.proven != nullptr;
    if (m_sure || state.kind == SignatureState::Kind::wrong) m_proven = state.proven;
    refresh();
    Run word = strong(wordOf(state.kind));
    word.sign = signOf(state.kind);
    m_signature->setRuns({word, plain(state.sentence, Tone::secondary)});
}

void EvidenceView::setExport(const QString& sentence, Sign sign, bool busy) {
    Run words = plain(sentence, Tone::secondary);
    words.sign = sign;
    m_told->setRuns(sentence.isEmpty() ? Runs{} : Runs{words});
    m_export->setEnabled(!busy);
    m_export->setToolTip(busy ? QStringLiteral("an export is being made") : QString());
}

void EvidenceView::askExport() {
    const QString name = QStringLiteral("evidence-%1-%2.json").arg(shortActionId(m_actionId), nameOf(m_nodeId));
    askFileToWrite(this, QStringLiteral("Export signed evidence"), QDir::home().filePath(name), QStringLiteral("Evidence (*.json)"), [this](const QString& path) { Q_EMIT exportWanted(path); });
}

} // namespace busbar::views
