#include "widgets/views/overview/tally_panels.h"

#include "items/fleet_trends.h"
#include "store/capacity.h"
#include "widgets/charts/utilisation_chart.h"
#include "widgets/views/overview/overview_words.h"
#include "widgets/views/parts/text.h"

#include <QGridLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

using store::Standing;

constexpr int kGap = 8;
constexpr int kRoomForTwoRows = 380; ///< from this height on the chart has a row of its own
constexpr int kTableRows = 6, kTableHead = 54, kTableRow = 24;
constexpr int kLeastFree = 446, kLeastReasons = 330; ///< widths below which columns are cut
constexpr int kFreeBar = 2, kReasonBar = 1;

Cell number(std::int64_t value, bool bold = false) { return {.text = countText(value), .bold = bold}; }

QString waiting(const store::FleetTallyResult& tally) {
    const bool silent = std::any_of(tally.sites.begin(), tally.sites.end(), [](const store::SiteTallyPtr& site) { return !site->live; });
    return silent || tally.sites.empty() ? QStringLiteral("No site is live: nothing is known now.") : QStringLiteral("No GPU is enrolled yet.");
}

} // namespace

TallyPanels::TallyPanels(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this)), m_chart(new charts::UtilisationChart) {
    m_free = makeBarPanel(QStringLiteral("Free to sell, by model"),
                          {{QStringLiteral("model"), 124}, {QStringLiteral("installed"), 62, Qt::AlignRight}, {QString(), 0}, {QStringLiteral("free"), 50, Qt::AlignRight}, {QStringLiteral("largest block"), 86, Qt::AlignRight}, {QStringLiteral("fit"), 80, Qt::AlignRight}},
                          kFreeBar, BarKind::share, this);
    m_reasons = makeBarPanel(QStringLiteral("Not earning, by reason"), {{QStringLiteral("reason"), 0}, {QString(), 0}, {QStringLiteral("GPUs"), 60, Qt::AlignRight}, {QStringLiteral("nodes"), 52, Qt::AlignRight}}, kReasonBar, BarKind::loss, this);
    m_chartPanel = new Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, this);
    auto* column = columnLayout(m_chartPanel);
    column->setContentsMargins(1, 1, 1, 1);
    column->addWidget(makePanelHead(QStringLiteral("Fleet utilisation"), &m_chartHead, m_chartPanel));
    column->addWidget(m_chart, 1);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(kGap);
    setMinimumHeight(120);
    arrange();
    connect(m_free, &ListPanel::activated, this, &TallyPanels::queryRequested);
    connect(m_reasons, &ListPanel::activated, this, &TallyPanels::queryRequested);
    setTally({});
}

void TallyPanels::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrange();
}

void TallyPanels::arrange() {
    const bool twoRows = height() >= kRoomForTwoRows;
    m_grid->addWidget(m_free, 0, 0);
    m_grid->addWidget(m_reasons, 0, 1);
    twoRows ? m_grid->addWidget(m_chartPanel, 1, 0, 1, 2) : m_grid->addWidget(m_chartPanel, 0, 2);
    const int rows = std::max({kTableRows, m_free->model().rowCount(), m_reasons->model().rowCount()});
    m_grid->setRowMinimumHeight(0, twoRows ? std::min(height() / 2, kTableHead + rows * kTableRow) : 0);
    m_grid->setRowStretch(0, twoRows ? 0 : 1);
    m_grid->setRowStretch(1, twoRows ? 1 : 0);
    m_grid->setColumnMinimumWidth(0, kLeastFree);
    m_grid->setColumnMinimumWidth(1, kLeastReasons);
    // 500 | 1fr | 1.05fr of the picture, in parts of what there is.
    const std::array<int, 3> stretch = twoRows ? std::array<int, 3>{1, 1, 0} : std::array<int, 3>{50, 43, 45};
    for (int i = 0; i < 3; ++i) m_grid->setColumnStretch(i, stretch[static_cast<std::size_t>(i)]);
    for (QWidget* panel : {static_cast<QWidget*>(m_free), static_cast<QWidget*>(m_reasons), static_cast<QWidget*>(m_chartPanel)}) panel->setMinimumWidth(0);
}

void TallyPanels::setTally(const store::FleetTallyResult& tally) {
    showModels(tally);
    showReasons(tally);
}

void TallyPanels::showModels(const store::FleetTallyResult& tally) {
    QVector<QVector<Cell>> rows;
    QVector<Bar> bars;
    QStringList targets;
    for (const store::ModelTally& model : tally.models) {
        QStringList fits;
        for (const std::uint32_t fit : model.fits) fits << countText(fit);
        const QString place = model.largestBlock == 0 ? QStringLiteral("none is free") : QStringLiteral("%1 free at %2").arg(countText(model.largestBlock), toQt(model.largestPlace));
        rows.push_back({{.text = modelText(model.model), .bold = true}, number(model.installed), {}, number(model.free, true), {.text = countText(model.largestBlock), .tip = place}, {.text = fits.join(QStringLiteral(" \u00b7 ")), .tone = Tone::secondary}});
        bars << Bar{static_cast<double>(model.free), static_cast<double>(model.installed)};
        targets << (model.model.empty() ? QString() : QStringLiteral("model:\"%1\" %2").arg(toQt(model.model), toQt(store::queryOf(Standing::free))));
    }
    const std::uint32_t free = tally.standings[static_cast<std::size_t>(Standing::free)].gpus;
    m_free->setTitle(QStringLiteral("Free to sell, by model"), QStringLiteral("%1 known \u00b7 fit = requests of %2 \u00b7 %3 \u00b7 %4 GPUs in one block").arg(countText(free)).arg(store::kFitSizes[0]).arg(store::kFitSizes[1]).arg(store::kFitSizes[2]));
    static_cast<BarListModel&>(m_free->model()).setBars(bars);
    m_free->setRows(rows, targets, waiting(tally));
}

void TallyPanels::showReasons(const store::FleetTallyResult& tally) {
    std::vector<Standing> reasons;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < store::kStandings; ++i) {
        const auto standing = static_cast<Standing>(i);
        if (!store::isReason(standing) || tally.standings[i].gpus == 0) continue;
        reasons.push_back(standing);
        sum += standing == Standing::siteUnknown ? 0 : tally.standings[i].gpus;
    }
    const auto gpusOf = [&tally](Standing standing) { return tally.standings[static_cast<std::size_t>(standing)].gpus; };
    // GPUs of silent sites may well earn: they come last and are in no sum.
    std::stable_sort(reasons.begin(), reasons.end(), [&](Standing a, Standing b) {
        if ((a == Standing::siteUnknown) != (b == Standing::siteUnknown)) return b == Standing::siteUnknown;
        return gpusOf(a) > gpusOf(b);
    });
    QVector<QVector<Cell>> rows;
    QVector<Bar> bars;
    QStringList targets;
    for (const Standing reason : reasons) {
        const bool silent = reason == Standing::siteUnknown;
        rows.push_back({{.text = toQt(store::toString(reason)), .sign = silent ? Sign::unknown : Sign::none}, {}, number(gpusOf(reason), true), number(tally.standings[static_cast<std::size_t>(reason)].nodes)});
        bars << Bar{static_cast<double>(gpusOf(reason)), 0, silent};
        targets << toQt(store::queryOf(reason));
    }
    const std::uint32_t unknown = gpusOf(Standing::siteUnknown);
    const QString caption = countText(sum) + (unknown > 0 ? QStringLiteral(" known, %1 unknown \u00b7 exclusive").arg(countText(unknown)) : QStringLiteral(" known \u00b7 exclusive"));
    m_reasons->setTitle(QStringLiteral("Not earning, by reason"), caption);
    static_cast<BarListModel&>(m_reasons->model()).setBars(bars);
    m_reasons->setRows(rows, targets, tally.models.empty() ? waiting(tally) : QStringLiteral("Every GPU is held or free."));
}

void TallyPanels::setTrend(const items::Trend& trend, double nowPercent) {
    const QString span = trend.samples().empty() ? QStringLiteral("% of in use") : QStringLiteral("% of in use \u00b7 last %1, as this console saw it").arg(spanText(trend.spanMs()));
    m_chartHead->setRuns({strong(QStringLiteral("Fleet utilisation"), kBasePx), strong(percentText(nowPercent), kBasePx), plain(span, Tone::muted)});
    m_chart->setTrend(trend);
}

} // namespace busbar::views
