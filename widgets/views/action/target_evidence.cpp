#include "widgets/views/action/target_evidence.h"

#include "domain/lifecycle.h"
#include "widgets/views/evidence/evidence_rows.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kEvidenceRow = 38;
constexpr int kLogLines = 200;
constexpr int kBeforeColumn = 1, kWideFrom = 420;

QVector<Cell> evidenceRow(const FoldedEvidence& item) {
    const QString each = item.parts > 1 ? QStringLiteral(" \u00d7 %1").arg(item.parts) : QString();
    return {Cell{.text = item.fact, .second = sourceText(toStd(item.source))}, Cell{.text = item.before + each, .tone = Tone::secondary}, Cell{.text = item.after + each, .bold = true},
            verdictCell(item.verdict)};
}

} // namespace

std::vector<FoldedEvidence> foldEvidence(const TargetRecord& target) {
    std::vector<FoldedEvidence> folded;
    for (const StepRecord& step : target.steps)
        for (const Evidence& item : step.evidence) {
            FoldedEvidence made{toQt(item.fact), factText(item.before, item.unit), factText(item.after, item.unit), toQt(item.source), item.verdict, 1, item.readWallMs};
            const auto same = std::find_if(folded.begin(), folded.end(), [&](const FoldedEvidence& other) {
                return other.fact == made.fact && other.before == made.before && other.after == made.after && other.source == made.source && other.verdict == made.verdict;
            });
            if (same == folded.end()) folded.push_back(made);
            else ++same->parts;
        }
    // What did not come out as set is what a person looks for.
    std::stable_sort(folded.begin(), folded.end(), [](const FoldedEvidence& a, const FoldedEvidence& b) { return placeOf(a.verdict) < placeOf(b.verdict); });
    return folded;
}

QString verdictSentence(const Action& action, const TargetRecord& target) {
    const QString proof = proofSentence(target), state = toQt(toString(target.state));
    if (!proof.isEmpty()) return QStringLiteral("Verdict: %1. %2.").arg(state, proof);
    if (isLeftOut(action, ActionPart::evidence)) return QStringLiteral("Verdict: %1. %2").arg(state, leftOutSentence());
    return isFinal(target.state) ? QStringLiteral("Verdict: %1. No evidence was read back.").arg(state) : QStringLiteral("No evidence yet: it comes when a step has ended.");
}

TargetEvidence::TargetEvidence(QWidget* parent)
    : Surface(Tone::base, Qt::LeftEdge, parent), m_steps(new Line(this)),
      m_model(new ListCellModel({{QStringLiteral("fact"), 0}, {QStringLiteral("before"), 104}, {QStringLiteral("after"), 104}, {QStringLiteral("verdict"), 96}}, this)), m_table(new CellTable(m_model, kEvidenceRow, this)),
      m_verdict(new Paragraph({}, Tone::text, kDensePx, this)), m_log(new QPlainTextEdit(this)), m_back(new Paragraph({}, Tone::secondary, kDensePx, this)), m_undo(new Button(QStringLiteral("Plan undo\u2026"), {}, this)), m_all(new Button(QStringLiteral("All evidence\u2026"), QStringLiteral("e"), this)) {
    auto* column = columnLayout(this);
    column->setContentsMargins(1, 0, 0, 0);
    column->addWidget(makePanelHead(QStringLiteral("Evidence"), &m_head, this));
    m_steps->setLineHeight(28);
    m_steps->setContentsMargins(10, 0, 10, 0);
    auto* steps = rowLayout();
    steps->setContentsMargins(10, 0, 10, 0);
    steps->addWidget(m_steps);
    column->addLayout(steps);
    m_table->setObjectName(QStringLiteral("evidence"));
    m_table->setAccessibleName(QStringLiteral("evidence before and after"));
    m_table->setSelectionMode(QAbstractItemView::NoSelection);
    column->addWidget(m_table, 3);
    m_verdict->setContentsMargins(10, 8, 10, 8);
    m_verdict->setObjectName(QStringLiteral("verdict"));
    column->addWidget(m_verdict);
    auto* more = rowLayout();
    more->setContentsMargins(7, 0, 7, 6);
    more->addWidget(m_all);
    more->addStretch(1);
    column->addLayout(more);
    m_all->setObjectName(QStringLiteral("allEvidence"));
    connect(m_all, &QPushButton::clicked, this, &TargetEvidence::allRequested);
    column->addWidget(makePanelHead(QStringLiteral("Log"), &m_logHead, this));
    m_log->setReadOnly(true);
    m_log->setFont(monoFace(kCaptionPx));
    m_log->setFrameShape(QFrame::NoFrame);
    m_log->setAccessibleName(QStringLiteral("log"));
    column->addWidget(m_log, 2);
    column->addWidget(makePanelHead(QStringLiteral("Way back"), nullptr, this));
    m_back->setContentsMargins(10, 6, 10, 6);
    column->addWidget(m_back);
    auto* foot = rowLayout();
    foot->setContentsMargins(7, 0, 7, 8);
    foot->addWidget(m_undo);
    foot->addStretch(1);
    column->addLayout(foot);
    m_undo->setObjectName(QStringLiteral("undo"));
    connect(m_undo, &QPushButton::clicked, this, &TargetEvidence::undoRequested);
}

void TargetEvidence::resizeEvent(QResizeEvent* event) {
    Surface::resizeEvent(event);
    m_table->setColumnShown(kBeforeColumn, width() >= kWideFrom); // "All evidence" has it
}

void TargetEvidence::setTarget(const ActionPtr& action, const TargetRecord* target, const QString& blocked) {
    setVisible(action != nullptr);
    if (!action) return;
    showEvidence(*action, target);
    showLog(*action, target);
    showWayBack(*action, blocked);
}

void TargetEvidence::showEvidence(const Action& action, const TargetRecord* target) {
    QVector<QVector<Cell>> rows;
    m_all->setEnabled(target != nullptr);
    if (target == nullptr) {
        m_head->setRuns({strong(QStringLiteral("Evidence"), kBasePx), plain(QStringLiteral("choose a node"), Tone::muted)});
        m_steps->setRuns({});
        m_model->setRows(rows);
        m_verdict->setText({});
        return;
    }
    Run state = strong(toQt(toString(target->state)), kBasePx);
    state.sign = signOf(target->state, action.verb);
    m_head->setRuns({strong(QStringLiteral("Evidence"), kBasePx), plain(nameOf(target->nodeId), Tone::muted), state});
    QStringList steps;
    for (const StepRecord& step : target->steps)
        steps << QStringLiteral("%1 %2").arg(toQt(toString(step.kind)), step.endedWallMs > 0 ? clockText(step.endedWallMs) : toQt(toString(step.state)));
    m_steps->setRuns({plain(steps.join(QStringLiteral(" \u00b7 ")), Tone::secondary)});
    for (const FoldedEvidence& item : foldEvidence(*target))
        rows << evidenceRow(item);
    m_model->setRows(rows);
    // The controller's sentence has a line of its own: it may begin with the name of a command, which is not changed.
    m_verdict->setText(target->sentence.empty() ? verdictSentence(action, *target) : QStringLiteral("%1\n%2").arg(verdictSentence(action, *target), toQt(target->sentence)));
}

void TargetEvidence::showLog(const Action& action, const TargetRecord* target) {
    QStringList lines;
    for (auto line = action.log.rbegin(); line != action.log.rend() && lines.size() < kLogLines; ++line) {
        if (target != nullptr && !line->nodeId.empty() && line->nodeId != target->nodeId) continue;
        lines.prepend(QStringLiteral("%1 %2").arg(clockText(line->wallMs), toQt(line->text)));
    }
    const QString text = lines.join(QLatin1Char('\n'));
    m_logHead->setRuns({strong(QStringLiteral("Log"), kBasePx), plain(target == nullptr ? QStringLiteral("the whole action") : QStringLiteral("this node and the action"), Tone::muted)});
    if (text == m_log->toPlainText()) return;
    const bool atEnd = m_log->verticalScrollBar()->value() >= m_log->verticalScrollBar()->maximum();
    m_log->setPlainText(text);
    if (atEnd) m_log->verticalScrollBar()->setValue(m_log->verticalScrollBar()->maximum());
}

void TargetEvidence::showWayBack(const Action& action, const QString& blocked) {
    const TargetCounts counts = countTargets(action);
    const Verb inverse = inverseOf(action.verb);
    const QString none = toQt(whyNoInverse(action.verb));
    QString words = inverse == Verb::unknown ? QStringLiteral("%1 has no inverse%2.").arg(infoOf(action.verb).title, none.isEmpty() ? none : QStringLiteral(": ") + none)
                                             : QStringLiteral("Inverse: %1 of the nodes it changed; it needs its own plan.").arg(infoOf(inverse).title);
    QString off = blocked;
    if (inverse == Verb::unknown) off.clear();
    else if (!isFinal(action.state)) off = QStringLiteral("It can be planned when this action has ended.");
    else if (!canUndo(action)) off = QStringLiteral("It changed nothing: there is nothing to undo.");
    if (closes(action.verb) && counts.failed + counts.unknown > 0) words += QStringLiteral(" Nodes that failed stay closed.");
    m_back->setText(off.isEmpty() ? words : words + QLatin1Char(' ') + off);
    m_undo->setVisible(inverse != Verb::unknown);
    m_undo->setEnabled(off.isEmpty());
    m_undo->setToolTip(off);
}

} // namespace busbar::views
