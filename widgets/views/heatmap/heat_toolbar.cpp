#include "widgets/views/heatmap/heat_toolbar.h"

#include "widgets/controls/heatmap/heat_words.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>

namespace busbar::views {

namespace {

constexpr int kHeight = 36;
constexpr int kCaptionsFrom = 960, kSizeFrom = 1'080, kWorstFrom = 1'280; ///< widths

QStringList fillWords() {
    QStringList words;
    for (const controls::Fill fill : controls::kFills) words << controls::infoOf(fill).key;
    return words;
}

/// "GPU 4 × 4 px": the size of a cell where it can be told, in pixels of the screen.
QString sizeWords(controls::HeatLevel level, const controls::HeatCamera& camera) {
    if (level == controls::HeatLevel::gpu) {
        const double px = camera.cellPx();
        const QString size = px == static_cast<int>(px) ? QString::number(static_cast<int>(px)) : QString::number(px, 'f', 1);
        return QStringLiteral("1 GPU = %1 \u00d7 %1 px").arg(size);
    }
    return level == controls::HeatLevel::node ? QStringLiteral("1 cell = 1 node") : level == controls::HeatLevel::rack ? QStringLiteral("1 cell = 1 rack") : QStringLiteral("1 cell = 1 row");
}

Button* makeButton(const QString& text, const QString& key, const QString& tip, QWidget* parent) {
    auto* button = new Button(text, key, parent);
    button->setButtonHeight(22);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    return button;
}

} // namespace

HeatToolbar::HeatToolbar(QWidget* parent)
    : Surface(Tone::panel, Qt::BottomEdge, parent), m_fill(new Segments(QStringLiteral("fill"), fillWords(), this)),
      m_arrangement(new Segments(QStringLiteral("layout"), {QStringLiteral("physical"), QStringLiteral("fabric")}, this)),
      m_level(new Segments(QStringLiteral("aggregate"), {QStringLiteral("GPU"), QStringLiteral("node"), QStringLiteral("rack"), QStringLiteral("row")}, this)), m_worst(new Line(this)), m_size(new Line(this)) {
    setFixedHeight(kHeight);
    auto* row = rowLayout(this, 8);
    row->setContentsMargins(12, 0, 8, 0);
    for (const auto& [word, segments] : {std::pair{QStringLiteral("fill"), m_fill}, std::pair{QStringLiteral("layout"), m_arrangement}, std::pair{QStringLiteral("aggregate"), m_level}}) {
        m_captions.push_back(new Line(this, {plain(word, Tone::muted)}));
        row->addWidget(m_captions.back());
        row->addWidget(segments);
    }
    row->addWidget(m_worst);
    row->addStretch(1);
    row->addWidget(m_size);
    auto* in = makeButton(QStringLiteral("+"), {}, QStringLiteral("Zoom in (+)"), this);
    auto* out = makeButton(QStringLiteral("\u2212"), {}, QStringLiteral("Zoom out (\u2212); at the fit: cells stand for more"), this);
    auto* fit = makeButton(QStringLiteral("fit"), QStringLiteral("0"), QStringLiteral("Fit the whole fleet (0)"), this);
    for (QWidget* button : {in, out, fit}) row->addWidget(button);
    m_fill->setCurrent(0);
    m_arrangement->setCurrent(0);
    m_level->setCurrent(0);
    connect(m_fill, &Segments::chosen, this, [this](int index) { Q_EMIT fillChosen(controls::kFills[static_cast<std::size_t>(index)]); });
    connect(m_arrangement, &Segments::chosen, this, [this](int index) { Q_EMIT arrangementChosen(static_cast<items::Arrangement>(index)); });
    connect(m_level, &Segments::chosen, this, [this](int index) { Q_EMIT levelChosen(static_cast<controls::HeatLevel>(index)); });
    connect(in, &QPushButton::clicked, this, [this] { Q_EMIT zoomed(1); });
    connect(out, &QPushButton::clicked, this, [this] { Q_EMIT zoomed(-1); });
    connect(fit, &QPushButton::clicked, this, &HeatToolbar::fitted);
}

/// On a narrow window what can be done stays, what only explains goes.
void HeatToolbar::resizeEvent(QResizeEvent* event) {
    Surface::resizeEvent(event);
    for (Line* caption : m_captions) caption->setVisible(width() >= kCaptionsFrom);
    m_worst->setVisible(width() >= kWorstFrom);
    m_size->setVisible(width() >= kSizeFrom);
}

void HeatToolbar::setShown(controls::Fill fill, controls::HeatLevel level, const controls::HeatCamera& camera, std::uint32_t rows) {
    m_fill->setCurrent(static_cast<int>(fill));
    m_level->setCurrent(static_cast<int>(level));
    m_worst->setRuns({plain(QStringLiteral("worst-of (%1), never mean").arg(controls::worstWord(fill)), Tone::secondary)});
    QString size = sizeWords(level, camera);
    if (camera.isFit() && rows > 0) size += QStringLiteral(" \u00b7 all %1 fit").arg(countOf(rows, QStringLiteral("row")));
    m_size->setRuns({plain(size, Tone::secondary)});
}

} // namespace busbar::views
