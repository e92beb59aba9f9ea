#include "widgets/views/action/action_view.h"

#include "base/clock.h"
#include "domain/lifecycle.h"
#include "widgets/views/action/action_head.h"
#include "widgets/views/action/action_list.h"
#include "widgets/views/action/stop_dialog.h"
#include "widgets/views/action/target_evidence.h"
#include "widgets/views/action/targets_model.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QHBoxLayout>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kListWidth = 288, kNarrowListWidth = 212;
constexpr int kEvidenceWidth = 452, kNarrowEvidenceWidth = 340;
/// Below this width of the view its sides are narrow.
constexpr int kWideFrom = 1500;
/// The table's lesser columns are left out, the least first, until what blocks a node has this much room.
constexpr int kBlockerWidth = 200;
constexpr int kLesserColumns[] = {TargetsModel::kLease, TargetsModel::kUser, TargetsModel::kSteps, TargetsModel::kWave, TargetsModel::kElapsed};
/// An answer to what a person asked for stands this long from when it is first on the glass; then the deadline has its line again.
constexpr std::int64_t kAnswerMs = 20'000;
constexpr int kTargetRow = 24;

} // namespace

ActionView::ActionView(QWidget* parent)
    : Surface(Tone::base, {}, parent), m_list(new ActionListModel(this)), m_listView(new ActionList(m_list, this)), m_head(new ActionHead), m_banner(new ActionBanner), m_targets(new TargetsModel(this)),
      m_table(new CellTable(m_targets, kTargetRow)), m_foot(new Line), m_evidence(new TargetEvidence), m_trouble(new Paragraph({}, Tone::text, kDensePx)), m_empty(new Paragraph({}, Tone::secondary, kBasePx)), m_nowMs(systemClock().wallMs()) {
    build();
    connectParts();
    connectKeys();
    showCurrent();
}

void ActionView::connectParts() {
    connect(m_listView->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        const ActionPtr action = m_list->at(index.row());
        if (!action || action->id == m_shownId) return;
        m_shownId = action->id;
        chooseWorst();
        showCurrent();
        Q_EMIT shown(m_shownId);
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (const TargetRecord* target = m_targets->target(index.row())) m_targetId = target->nodeId;
        m_chosen = m_chosen || !m_showing;
        showTarget();
    });
    connect(m_table, &QAbstractItemView::activated, this, [this](const QModelIndex& index) {
        if (const TargetRecord* target = m_targets->target(index.row())) Q_EMIT nodeActivated(target->nodeId);
    });
    connect(m_head->stopButton(), &QPushButton::clicked, this, &ActionView::askStop);
    connect(m_head->pauseButton(), &QPushButton::clicked, this, &ActionView::askHold);
    connect(m_head, &ActionHead::actionWanted, this, [this](const std::string& id) { showAction(id); });
    connect(m_banner, &ActionBanner::resumeWanted, this, &ActionView::askHold);
    connect(m_banner, &ActionBanner::approveWanted, this, &ActionView::askApproval);
    connect(m_evidence, &TargetEvidence::allRequested, this, &ActionView::openEvidence);
    connect(m_evidence, &TargetEvidence::undoRequested, this, [this] { Q_EMIT undoRequested(m_shownId); });
}

// Letters of this view alone: each opens a dialog, none acts.
void ActionView::connectKeys() {
    const auto on = [this](Qt::Key key, void (ActionView::*run)()) { connect(new QShortcut(QKeySequence(key), this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut), &QShortcut::activated, this, run); };
    on(Qt::Key_P, &ActionView::askHold);
    on(Qt::Key_V, &ActionView::askApproval);
    on(Qt::Key_E, &ActionView::openEvidence);
}

void ActionView::build() {
    auto* row = rowLayout(this, 0);
    m_left = new Surface(Tone::base, Qt::RightEdge, this);
    auto* column = columnLayout(m_left);
    column->setContentsMargins(0, 0, 1, 0);
    column->addWidget(makePanelHead(QStringLiteral("Actions"), &m_listHead, m_left));
    column->addWidget(m_listView, 1);
    m_listGaps = new Paragraph({}, Tone::text, kDensePx, m_left);
    m_listGaps->setObjectName(QStringLiteral("listGaps"));
    m_listGaps->setContentsMargins(12, 8, 12, 8);
    column->addWidget(m_listGaps);
    row->addWidget(m_left);
    m_middle = buildMiddle();
    row->addWidget(m_middle, 1);
    row->addWidget(m_evidence);
    setFocusProxy(m_listView);
}

void ActionView::resizeEvent(QResizeEvent* event) {
    Surface::resizeEvent(event);
    fitColumns();
}

void ActionView::fitColumns() {
    const ActionPtr action = current();
    const bool wide = width() >= kWideFrom;
    m_left->setFixedWidth(wide ? kListWidth : kNarrowListWidth);
    m_evidence->setFixedWidth(wide ? kEvidenceWidth : kNarrowEvidenceWidth);
    int room = width() - m_left->width() - m_evidence->width();
    for (const Column& column : m_targets->columns()) room -= column.width;
    for (const int column : kLesserColumns) {
        // Nobody holds a node against a verb that waits for nobody.
        const bool holders = column == TargetsModel::kLease || column == TargetsModel::kUser;
        const bool shown = room >= kBlockerWidth && (!holders || !action || closes(action->verb));
        m_table->setColumnShown(column, shown);
        if (!shown) room += m_targets->columns()[column].width;
    }
}

QWidget* ActionView::buildMiddle() {
    auto* middle = new QWidget(this);
    auto* column = columnLayout(middle);
    m_trouble->setObjectName(QStringLiteral("actionTrouble"));
    m_trouble->setContentsMargins(14, 8, 14, 8);
    m_trouble->hide();
    column->addWidget(m_trouble);
    column->addWidget(m_head);
    column->addWidget(m_banner);
    m_table->setObjectName(QStringLiteral("targets"));
    m_table->setAccessibleName(QStringLiteral("targets, worst first"));
    column->addWidget(m_table, 1);
    m_empty->setContentsMargins(28, 28, 28, 28);
    m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    column->addWidget(m_empty, 1);
    auto* foot = new Surface(Tone::panel, Qt::TopEdge, middle);
    foot->setFixedHeight(26);
    auto* footRow = rowLayout(foot);
    footRow->setContentsMargins(14, 1, 14, 0);
    footRow->addWidget(m_foot, 1);
    column->addWidget(foot);
    return middle;
}

void ActionView::setLoading(const QString& sentence) {
    m_loading = sentence;
    showEmpty();
    showListGaps();
}

void ActionView::setTrouble(const QString& sentences) {
    m_trouble->setText(sentences);
    m_trouble->setVisible(!sentences.isEmpty());
}

void ActionView::setActions(std::vector<ActionPtr> actions) {
    const auto open = std::count_if(actions.begin(), actions.end(), [](const ActionPtr& action) { return !isFinal(action->state); });
    m_listHead->setRuns({strong(QStringLiteral("Actions"), kBasePx), plain(QStringLiteral("%1 open \u00b7 %2 %3").arg(open).arg(actions.size()).arg(m_loading.isEmpty() ? QStringLiteral("in all") : QStringLiteral("so far")), Tone::muted)});
    m_sites.clear();
    for (const ActionPtr& action : actions)
        if (const QString site = siteOf(action->id); !m_sites.contains(site)) m_sites << site;
    m_list->setActions(std::move(actions));
    if (!m_wantedId.empty() && m_list->rowOf(m_wantedId) >= 0) {
        m_shownId = m_wantedId;
        m_wantedId.clear();
        chooseWorst();
    }
    int row = m_list->rowOf(m_shownId);
    if (row < 0 && m_list->rowCount() > 0) row = 0;
    if (row >= 0) m_listView->setCurrentIndex(m_list->index(row));
    showListGaps();
    showCurrent();
}

bool ActionView::showAction(const std::string& id) {
    const int row = m_list->rowOf(id);
    if (row < 0) {
        m_wantedId = id;
        return false;
    }
    m_listView->setCurrentIndex(m_list->index(row));
    return true;
}

void ActionView::setDesk(ActionDesk desk) { m_desk = std::move(desk); }

void ActionView::setAnswer(const std::string& id, const QString& sentence) {
    m_answerId = id;
    m_answer = sentence;
    m_answerSeenMs = 0;
    showCurrent();
}

void ActionView::setNow(std::int64_t wallMs) {
    m_nowMs = wallMs;
    showListGaps();
    const ActionPtr action = current();
    if (action && (!isFinal(action->state) || !(standing(*action) == m_shownStanding))) showCurrent();
}

ActionStanding ActionView::standing(const Action& action) const {
    const QString site = siteOf(action.id);
    const auto off = [&](Right right) { return m_desk.offReason ? m_desk.offReason(site, right) : QString(); };
    return {.user = m_desk.user ? m_desk.user() : QString(), .cancelOff = off(Right::cancel), .approveOff = off(Right::approve), .undoOff = off(infoOf(inverseOf(action.verb)).right), .forceOff = off(Right::force), .silence = silenceOf(site)};
}

SiteSilence ActionView::silenceOf(const QString& site) const { return m_desk.silence ? m_desk.silence(site) : SiteSilence{}; }

void ActionView::showListGaps() {
    QStringList silent, words;
    if (!m_loading.isEmpty()) words << m_loading;
    for (const QString& site : m_sites) {
        const SiteSilence silence = silenceOf(site);
        if (!silence.isSilent()) continue;
        silent << site;
        words << QStringLiteral("%1 is %2: its actions as of %3 UTC, %4 ago").arg(site, silence.word, clockText(silence.heardWallMs), durationText(m_nowMs - silence.heardWallMs));
    }
    m_list->setSilent(silent);
    m_listGaps->setText(words.join(QLatin1Char('\n')));
    m_listGaps->setVisible(!words.isEmpty() && m_list->rowCount() > 0);
}

void ActionView::focusStop() {
    if (m_head->stopButton()->isVisible()) m_head->stopButton()->setFocus();
}

ActionPtr ActionView::current() const { return m_list->at(m_list->rowOf(m_shownId)); }

void ActionView::showCurrent() {
    const ActionPtr action = current();
    const QString site = action ? siteOf(action->id) : QString();
    m_shownStanding = action ? standing(*action) : ActionStanding{};
    const bool answered = action && action->id == m_answerId;
    if (answered && m_answerSeenMs == 0 && isVisible()) m_answerSeenMs = m_nowMs;
    m_head->setAnswer(answered && (m_answerSeenMs == 0 || m_nowMs - m_answerSeenMs <= kAnswerMs) ? m_answer : QString());
    m_head->setAction(action, m_desk.title ? m_desk.title(site) : site, m_nowMs, m_shownStanding);
    // No clock runs on for a site that is silent: what is done there now is not known.
    const bool silent = action && !isFinal(action->state) && m_shownStanding.silence.isSilent();
    m_targets->setAction(action, silent ? m_shownStanding.silence.heardWallMs : m_nowMs);
    m_table->setHatched(silent);
    fitColumns();
    m_banner->setAction(action, m_targets->target(0), m_shownStanding);
    showEmpty();
    // Until a person has chosen one, the worst is on show, however they change places.
    const int row = !m_chosen ? (m_targets->rowCount() > 0 ? 0 : -1) : m_targets->rowOf(m_targetId);
    m_showing = true;
    if (row >= 0) m_table->setCurrentIndex(m_targets->index(row, 0));
    if (const TargetRecord* target = m_targets->target(row)) m_targetId = target->nodeId;
    m_showing = false;
    showTarget();
    m_foot->setRuns(action ? Runs{plain(QStringLiteral("%1, worst first").arg(countOf(m_targets->rowCount(), QStringLiteral("target"))), Tone::secondary), plain(isFinal(action->state) || silent ? QString() : QStringLiteral("a stop answers: \u201c%1\u201d").arg(stopWords(*action)), Tone::secondary)} : Runs{});
}

void ActionView::chooseWorst() {
    m_targetId.clear();
    m_chosen = false;
}

void ActionView::showTarget() {
    const ActionPtr action = current();
    const TargetRecord* target = m_targets->target(m_targets->rowOf(m_targetId));
    m_evidence->setTarget(action, target, m_shownStanding.undoOff);
    if (!m_evidenceDialog) return;
    EvidenceView& view = m_evidenceDialog->view();
    if (const ActionPtr newest = m_list->at(m_list->rowOf(view.actionId()))) view.setTarget(newest, view.nodeId());
}

void ActionView::showEmpty() {
    const bool empty = current() == nullptr;
    m_empty->setVisible(empty);
    m_table->setVisible(!empty);
    if (!empty) return;
    m_empty->setText(!m_loading.isEmpty() && m_list->rowCount() == 0 ? m_loading : QStringLiteral("No action has run yet. Select nodes in the heatmap or the node table and press x: it opens a plan and starts nothing."));
}

void ActionView::openEvidence() {
    const ActionPtr action = current();
    if (!action || m_targets->rowOf(m_targetId) < 0) return;
    delete m_evidenceDialog;
    m_evidenceDialog = new EvidenceDialog(action, m_targetId, this);
    m_evidenceDialog->setAttribute(Qt::WA_DeleteOnClose);
    Q_EMIT evidenceOpened(&m_evidenceDialog->view());
    m_evidenceDialog->show();
}

void ActionView::askHold() {
    const ActionPtr action = current();
    if (!action) return;
    using Kind = DecideDialog::Kind;
    ask(asksAtDeadline(*action) ? Kind::decide : action->pausedWhy.empty() ? Kind::pause : Kind::resume);
}

void ActionView::askApproval() { ask(DecideDialog::Kind::approve); }

void ActionView::ask(DecideDialog::Kind kind) {
    const ActionPtr action = current();
    if (!action || isFinal(action->state)) return;
    const QString off = kind == DecideDialog::Kind::approve ? approveOff(*action, m_shownStanding) : holdOff(*action, m_shownStanding.cancelOff);
    if (!off.isEmpty()) return setAnswer(action->id, QStringLiteral("Not asked: %1").arg(off));
    const QString site = siteOf(action->id);
    auto* dialog = new DecideDialog(kind, *action, m_desk.title ? m_desk.title(site) : site, this);
    if (kind == DecideDialog::Kind::decide) dialog->setForceOff(m_shownStanding.forceOff);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        setAnswer(dialog->actionId(), QStringLiteral("Asked at %1 UTC; the controller has not answered yet").arg(clockText(systemClock().wallMs())));
        Q_EMIT decided(dialog->kind(), dialog->actionId(), dialog->reason(), dialog->deadline());
    });
    dialog->open();
}

void ActionView::askStop() {
    const ActionPtr action = current();
    if (!action) return;
    auto* dialog = new StopDialog(*action, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    // The action that the dialog names is stopped, whichever is on show by then.
    connect(dialog, &QDialog::accepted, this, [this, dialog, action] {
        const ActionPtr now = m_list->at(m_list->rowOf(action->id));
        // Said at once, from what is known here; the controller's own words replace it.
        setAnswer(action->id, QStringLiteral("Stop asked at %1 UTC: %2").arg(clockText(systemClock().wallMs()), stopWords(now ? *now : *action)));
        Q_EMIT cancelRequested(action->id, dialog->keepClosed());
    });
    dialog->open();
}

} // namespace busbar::views
