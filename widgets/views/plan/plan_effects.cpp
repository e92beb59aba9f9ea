#include "widgets/views/plan/plan_effects.h"

#include "domain/lifecycle.h"
#include "items/node_values.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/share_bars.h"

#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace busbar::views {

namespace {

constexpr int kTenantRows = 6;
constexpr int kRowHeight = 24;
constexpr int kLowestTargets = 22 + 4 * kRowHeight;
constexpr int kNodeColumn = 1, kSentenceColumn = 4;
/// Steps on the first of the two lines.
constexpr int kStepsOnALine = 5;

Sign signOf(const PlanTarget& target) { return target.eligible ? Sign::check : Sign::cross; }

QVector<Cell> targetRow(const PlanTarget& target) {
    const QString source = target.source == Source::live ? QString() : toQt(toString(target.source));
    return {Cell{.sign = signOf(target)}, Cell{.text = nameOf(target.nodeId), .second = source, .bold = true},
            Cell{.text = !target.eligible ? QStringLiteral("refused") : target.queuedBehind.empty() ? QStringLiteral("will run") : QStringLiteral("queued"), .tone = target.eligible ? Tone::secondary : Tone::text},
            Cell{.text = target.processes > 0 ? countText(target.processes) : QString(), .tone = Tone::secondary},
            Cell{.text = toQt(target.sentence), .tone = target.eligible ? Tone::secondary : Tone::text, .tip = toQt(target.sentence)}};
}

// What a step is, with a mark when it changes the device (*) or destroys something (**).
QString stepWords(StepKind kind, const Plan& plan) {
    const QString mark = isDestructive(kind) ? QStringLiteral("**") : isRead(kind) ? QString() : QStringLiteral("*");
    switch (kind) {
    case StepKind::wait: return QStringLiteral("wait: 0 holders");
    case StepKind::terminate: return QStringLiteral("deadline: %1%2").arg(toQt(toString(plan.request.atDeadline)), mark);
    case StepKind::verify: return QStringLiteral("verify: read back");
    case StepKind::inspect: return QStringLiteral("quick check");
    case StepKind::burnIn: return QStringLiteral("burn-in: %1%2").arg(toQt(plan.request.details.profile), mark);
    case StepKind::canary: return QStringLiteral("canary: known result") + mark;
    case StepKind::mig: return QStringLiteral("MIG mode on") + mark;
    default: return toQt(toString(kind)) + mark;
    }
}

// What the plan does to the nodes that it counts of a domain.
QString shareWords(Verb verb) {
    if (closes(verb) || verb == Verb::provision) return QStringLiteral("share taken out");
    if (verb == Verb::giveBack) return QStringLiteral("share that comes back");
    return verb == Verb::lease ? QStringLiteral("share handed out") : QStringLiteral("share touched");
}

// Where the agents' own policy leaves the settings alone, the controller says so in the target's sentence.
QString skippedText(const Plan& plan) {
    const auto readOnly = std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible && target.sentence.find(kReadOnlyWords) != std::string::npos; });
    if (readOnly == 0) return {};
    const bool mig = plan.request.verb == Verb::lease && plan.request.details.settings.mig.value_or(false);
    return QStringLiteral("%1 on %2 of %3: the agent's own policy is settings = read-only, no setting is touched there")
        .arg(mig ? QStringLiteral("configure and MIG") : QStringLiteral("configure"), countText(readOnly), countOf(eligibleCount(plan), QStringLiteral("node")));
}

} // namespace

PlanEffects::PlanEffects(QWidget* parent)
    : Surface(Tone::base, Qt::RightEdge, parent),
      m_tenants(new ListCellModel({{QStringLiteral("tenant"), 0}, {QStringLiteral("GPUs here"), 100, Qt::AlignRight}, {QStringLiteral("GPUs at the site"), 120, Qt::AlignRight}, {QStringLiteral("effect"), 240}}, this)),
      m_free(new ListCellModel({{QStringLiteral("GPUs free"), 0}, {QStringLiteral("now"), 44, Qt::AlignRight}, {QStringLiteral("after"), 44, Qt::AlignRight}}, this)),
      m_targets(new ListCellModel({{QString(), 26}, {QStringLiteral("node"), 170}, {QString(), 60}, {QStringLiteral("processes"), 78, Qt::AlignRight}, {QStringLiteral("what is done, or why not and the way out"), 0}}, this)) {
    auto* column = columnLayout(this);
    column->setContentsMargins(16, 4, 16, 8);
    buildTenants(column);
    buildDomains(column);
    buildTargets(column);
}

void PlanEffects::buildTenants(QVBoxLayout* column) {
    m_tenantsHead = makeSection(QStringLiteral("Leases and tenants"), {}, this);
    column->addWidget(m_tenantsHead);
    auto* table = new CellTable(m_tenants, kRowHeight, this);
    table->fitRows();
    table->setFocusPolicy(Qt::NoFocus);
    table->setAccessibleName(QStringLiteral("tenants touched"));
    column->addWidget(table);
    m_tenantsTable = table;
    m_tenantsSum = new Line(this);
    m_tenantsSum->setLineHeight(kRowHeight);
    column->addWidget(m_tenantsSum);
}

void PlanEffects::buildDomains(QVBoxLayout* column) {
    auto* row = rowLayout(nullptr, 16);
    auto* left = columnLayout();
    m_domainsHead = makeSection(QStringLiteral("Failure domains"), {}, this);
    left->addWidget(m_domainsHead);
    m_domains = new ShareBars(this);
    left->addWidget(m_domains);
    left->addStretch(1);
    auto* right = columnLayout();
    m_freeHead = makeSection(QStringLiteral("Spare after"), {}, this);
    right->addWidget(m_freeHead);
    auto* table = new CellTable(m_free, 21, this);
    table->fitRows();
    table->setFocusPolicy(Qt::NoFocus);
    table->setAccessibleName(QStringLiteral("free GPUs now and after"));
    right->addWidget(table);
    m_freeTable = table;
    right->addStretch(1);
    row->addLayout(left, 0);
    row->addLayout(right, 1);
    column->addLayout(row);
    column->addWidget(makeRule(this));
}

void PlanEffects::buildTargets(QVBoxLayout* column) {
    m_targetsHead = makeSection(QStringLiteral("Targets"), {}, this);
    column->addWidget(m_targetsHead);
    auto* frame = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    auto* inner = columnLayout(frame);
    inner->setContentsMargins(1, 1, 1, 1);
    auto* table = new CellTable(m_targets, kRowHeight, frame);
    table->setObjectName(QStringLiteral("planTargets"));
    table->setAccessibleName(QStringLiteral("targets"));
    inner->addWidget(table);
    frame->setMinimumHeight(kLowestTargets);
    column->addWidget(frame, 1);
    m_sentence = new Paragraph({}, Tone::secondary, kDensePx, this);
    m_sentence->setObjectName(QStringLiteral("targetSentence"));
    m_sentence->setContentsMargins(0, 4, 0, 0);
    column->addWidget(m_sentence);
    m_targetTable = table;
    connect(table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &PlanEffects::showCurrent);
    m_stepsHead = makeSection(QStringLiteral("What is done on each node"), {}, this);
    column->addWidget(m_stepsHead);
    m_steps = new Line(this);
    m_steps->setLineHeight(kRowHeight);
    column->addWidget(m_steps);
    m_moreSteps = new Line(this);
    m_moreSteps->setLineHeight(kRowHeight);
    column->addWidget(m_moreSteps);
    m_skipped = new Line(this);
    m_skipped->setObjectName(QStringLiteral("skippedSteps"));
    m_skipped->setLineHeight(kRowHeight);
    column->addWidget(m_skipped);
    m_inverse = new Line(this);
    m_inverse->setLineHeight(kRowHeight);
    column->addWidget(m_inverse);
}

void PlanEffects::setPlan(const Plan& plan) {
    m_order.clear(); // points into the plan before
    m_plan = plan;
    showTenants(m_plan);
    m_domainsHead->setRuns({strong(QStringLiteral("Failure domains"), kBasePx), plain(shareWords(m_plan.request.verb), Tone::muted)});
    m_domains->setShares(m_plan.blast.failureDomains);
    showFree(m_plan);
    showTargets(m_plan);
}

void PlanEffects::showTenants(const Plan& plan) {
    const BlastRadius& blast = plan.blast;
    auto tenants = blast.tenants;
    std::stable_sort(tenants.begin(), tenants.end(), [](const Share& a, const Share& b) { return a.part > b.part; });
    QVector<QVector<Cell>> rows;
    for (const Share& share : tenants) {
        if (rows.size() == kTenantRows) break;
        const bool whole = share.part >= share.whole;
        const bool swapped = plan.request.verb == Verb::swap;
        const QString effect = swapped ? QStringLiteral("gets as many on another node first") : whole ? QStringLiteral("all it holds here") : QStringLiteral("keeps %1").arg(countText(share.whole - share.part));
        rows << QVector<Cell>{Cell{.text = toQt(share.name), .bold = whole}, Cell{.text = countText(share.part)}, Cell{.text = countText(share.whole)}, Cell{.text = effect, .bold = whole}};
    }
    m_tenants->setRows(rows);
    m_tenantsTable->setVisible(!rows.isEmpty());
    m_tenantsHead->setRuns({strong(QStringLiteral("Leases and tenants"), kBasePx), plain(tenants.empty() ? QStringLiteral("no lease is touched") : QStringLiteral("what each one keeps"), Tone::muted)});
    const auto sum = std::accumulate(tenants.begin(), tenants.end(), std::int64_t{0}, [](std::int64_t total, const Share& share) { return total + share.part; });
    Runs total{strong(countOf(blast.leases, QStringLiteral("lease"))), strong(countOf(std::ssize(tenants), QStringLiteral("tenant"))), strong(countOf(sum, QStringLiteral("leased GPU")))};
    if (std::ssize(tenants) > kTenantRows) total << plain(QStringLiteral("the %1 largest are shown").arg(kTenantRows), Tone::muted);
    m_tenantsSum->setRuns(total);
    m_tenantsSum->setVisible(!tenants.empty());
}

void PlanEffects::showFree(const Plan& plan) {
    QVector<QVector<Cell>> rows;
    for (const Share& share : plan.blast.freeByModel)
        if (rows.size() < 5) rows << QVector<Cell>{Cell{.text = toQt(items::shortModel(share.name)), .tip = toQt(share.name)}, Cell{.text = countText(share.whole), .bold = share.part > 0}, Cell{.text = countText(share.whole - share.part), .bold = share.part > 0}};
    m_free->setRows(rows);
    m_freeTable->setVisible(!rows.isEmpty());
    m_freeHead->setRuns({strong(QStringLiteral("Spare after"), kBasePx), plain(rows.isEmpty() ? QStringLiteral("no free GPU is taken") : QStringLiteral("known only"), Tone::muted)});
}

void PlanEffects::showTargets(const Plan& plan) {
    for (const PlanTarget& target : plan.targets)
        m_order.push_back(&target);
    // The refused come first: what will not happen is what people overlook.
    std::stable_sort(m_order.begin(), m_order.end(), [](const PlanTarget* a, const PlanTarget* b) { return a->eligible < b->eligible; });
    QVector<QVector<Cell>> rows;
    for (const PlanTarget* target : m_order)
        rows << targetRow(*target);
    m_targets->setRows(rows);
    if (!m_targetTable->currentIndex().isValid() && !rows.isEmpty()) m_targetTable->setCurrentIndex(m_targets->index(0, 0));
    showCurrent();
    const auto eligible = eligibleCount(plan);
    const auto refused = std::ssize(plan.targets) - eligible;
    const bool swaps = plan.request.verb == Verb::swap && eligible > 1;
    QString caption = swaps ? QStringLiteral("one comes, then the other leaves") : QStringLiteral("%1 will %2").arg(countText(eligible), toQt(toString(plan.request.verb)));
    const auto held = std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible && !target.queuedBehind.empty(); });
    if (held > 0) caption += QStringLiteral(", %1 of them behind another action").arg(countText(held));
    if (refused > 0) caption += QStringLiteral(", %1 refused: they stay as they are").arg(countText(refused));
    if (plan.leftOut > 0) caption += QStringLiteral(", %1 left out: the filter could not judge them").arg(countText(plan.leftOut));
    m_targetsHead->setRuns({strong(QStringLiteral("Targets"), kBasePx), plain(caption, Tone::muted)});
}

// A row cuts what is long; the sentence of the one under the cursor is never cut.
void PlanEffects::showCurrent() {
    const int row = m_targetTable->currentIndex().row();
    const bool any = row >= 0 && row < m_targets->rowCount();
    m_sentence->setText(any ? QStringLiteral("%1: %2").arg(m_targets->cell(row, kNodeColumn).text, m_targets->cell(row, kSentenceColumn).text) : QString());
    showSteps();
}

// All nodes of most plans take the same steps; of a swap's two each takes its own: those of the one under the cursor are told.
void PlanEffects::showSteps() {
    const Plan& plan = m_plan;
    const auto runs = [](const PlanTarget& target) { return target.eligible; };
    const auto first = std::find_if(plan.targets.begin(), plan.targets.end(), runs);
    const bool same = std::all_of(plan.targets.begin(), plan.targets.end(), [&](const PlanTarget& target) { return !runs(target) || target.steps == first->steps; });
    const int row = m_targetTable->currentIndex().row();
    const PlanTarget* shown = first == plan.targets.end() ? nullptr : &*first;
    if (!same && row >= 0 && row < std::ssize(m_order) && runs(*m_order[static_cast<std::size_t>(row)])) shown = m_order[static_cast<std::size_t>(row)];
    Runs steps;
    bool destructive = false;
    if (shown != nullptr)
        for (const StepKind kind : shown->steps) {
            Run step = chip(QStringLiteral("%1 %2").arg(steps.size() + 1).arg(stepWords(kind, plan)));
            step.gap = 5;
            steps << step;
            destructive = destructive || isDestructive(kind);
        }
    m_steps->setRuns(steps.mid(0, kStepsOnALine));
    m_moreSteps->setRuns(steps.mid(kStepsOnALine));
    m_moreSteps->setVisible(steps.size() > kStepsOnALine);
    m_stepsHead->setRuns({strong(same || shown == nullptr ? QStringLiteral("What is done on each node") : QStringLiteral("What is done on %1").arg(nameOf(shown->nodeId)), kBasePx),
                          plain(destructive ? QStringLiteral("* changes the device; ** destroys what is there, cannot be undone") : QStringLiteral("* changes the device; nothing here is destructive"), Tone::muted)});
    const QString skipped = skippedText(plan);
    m_skipped->setVisible(!skipped.isEmpty());
    if (!skipped.isEmpty()) m_skipped->setRuns({strong(QStringLiteral("Skipped")), plain(skipped, Tone::secondary)});
    m_inverse->setRuns({strong(QStringLiteral("Inverse")), plain(plan.inverse.empty() ? QStringLiteral("there is none") : toQt(plan.inverse), Tone::secondary)});
}

} // namespace busbar::views
