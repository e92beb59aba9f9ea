#include "widgets/views/frame/nav_rail.h"

#include "widgets/views/frame/commands.h"
#include "widgets/views/parts/surface.h"

#include <QAction>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

#include <array>

namespace busbar::views {

namespace {

constexpr int kRailWidth = 64;
constexpr int kLogoHeight = 48;
constexpr int kIconSize = 18;

// Paths in a box of 16 units.
QPainterPath iconPath(RailIcon icon) {
    QPainterPath path;
    const auto line = [&path](double x1, double y1, double x2, double y2) {
        path.moveTo(x1, y1);
        path.lineTo(x2, y2);
    };
    switch (icon) {
    case RailIcon::overview:
        for (const double y : {3.0, 8.0, 13.0}) line(2, y, 14, y);
        break;
    case RailIcon::heatmap:
        for (const double y : {2.0, 6.5, 11.0})
            for (const double x : {2.0, 6.5, 11.0}) path.addRect(x, y, 3, 3);
        break;
    case RailIcon::nodes:
        for (const double y : {2.5, 6.5, 10.5}) {
            path.addRect(2, y, 12, 3);
            line(4, y + 1.5, 5, y + 1.5);
        }
        break;
    case RailIcon::actions:
        path.moveTo(3, 8);
        path.lineTo(6, 11);
        path.lineTo(13, 4);
        line(2, 14, 14, 14);
        break;
    case RailIcon::settings:
        path.addEllipse(5, 5, 6, 6);
        for (const auto& [x1, y1, x2, y2] : {std::array{8.0, 1.0, 8.0, 3.0}, std::array{8.0, 13.0, 8.0, 15.0}, std::array{1.0, 8.0, 3.0, 8.0}, std::array{13.0, 8.0, 15.0, 8.0},
                                             std::array{3.0, 3.0, 4.4, 4.4}, std::array{11.6, 11.6, 13.0, 13.0}, std::array{13.0, 3.0, 11.6, 4.4}, std::array{4.4, 11.6, 3.0, 13.0}})
            line(x1, y1, x2, y2);
        break;
    case RailIcon::keys: break;
    }
    return path;
}

} // namespace

RailButton::RailButton(RailIcon icon, const QString& title, const QString& keys, QWidget* parent) : QAbstractButton(parent), m_icon(icon), m_keys(keys) {
    setText(title);
    setAccessibleName(title);
    setFixedSize(sizeHint());
}

void RailButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool on = isChecked();
    painter.fillRect(rect(), tone(on ? Tone::base : underMouse() ? Tone::hover : Tone::panel));
    painter.fillRect(width() - 1, 0, 1, height(), tone(Tone::line));
    if (on) painter.fillRect(0, 0, 3, height(), tone(Tone::link));
    painter.setPen(tone(Tone::muted));
    painter.setFont(face(kCaptionPx));
    painter.drawText(QRect(0, 1, width() - 4, 18), Qt::AlignRight | Qt::AlignTop, m_keys);
    const QColor ink = tone(!isEnabled() ? Tone::muted : on ? Tone::text : Tone::secondary);
    if (m_icon == RailIcon::keys) {
        painter.setPen(ink);
        painter.setFont(face(15, true));
        painter.drawText(QRect(0, 12, width(), 20), Qt::AlignCenter, QStringLiteral("?"));
    } else {
        painter.save();
        painter.translate((width() - kIconSize) / 2.0, 13);
        painter.scale(kIconSize / 16.0, kIconSize / 16.0);
        painter.setPen(QPen(ink, 1.4));
        painter.drawPath(iconPath(m_icon));
        painter.restore();
    }
    painter.setPen(ink);
    painter.setFont(face(kCaptionPx, on));
    painter.drawText(QRect(0, 34, width(), 16), Qt::AlignCenter, text());
    if (!hasFocus()) return;
    painter.setPen(QPen(tone(Tone::link), 2));
    painter.drawRect(rect().adjusted(1, 1, -2, -2));
}

NavRail::NavRail(QWidget* parent) : QWidget(parent), m_column(columnLayout(this)) {
    setFixedWidth(kRailWidth);
    m_column->addSpacing(kLogoHeight);
    m_column->addStretch(1);
}

RailButton* NavRail::makeButton(RailIcon icon, QAction* action, const QString& title) {
    const QString keys = action->shortcut().isEmpty() ? QString() : keyCapText(action->shortcut().toString());
    auto* button = new RailButton(icon, title, keys.size() > 4 ? QString() : keys, this);
    button->setToolTip(action->toolTip());
    connect(button, &QAbstractButton::clicked, action, &QAction::trigger);
    return button;
}

void NavRail::addView(const QString& id, RailIcon icon, QAction* action, const QString& title) {
    auto* button = makeButton(icon, action, title);
    button->setObjectName(id);
    button->setCheckable(true);
    // The current view is set by setCurrent alone: a click that is refused must not light the button.
    connect(button, &QAbstractButton::clicked, this, [button] { button->setChecked(button->property("current").toBool()); });
    m_column->insertWidget(1 + m_views++, button);
}

void NavRail::addFoot(RailIcon icon, QAction* action, const QString& title) { m_column->addWidget(makeButton(icon, action, title)); }

void NavRail::setCurrent(const QString& id) {
    for (auto* button : findChildren<RailButton*>()) {
        if (!button->isCheckable()) continue;
        button->setProperty("current", button->objectName() == id);
        button->setChecked(button->objectName() == id);
    }
}

void NavRail::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tone(Tone::panel));
    painter.fillRect(width() - 1, 0, 1, height(), tone(Tone::line));
    painter.fillRect(0, kLogoHeight - 1, width(), 1, tone(Tone::line));
    // Two bars joined by three: a busbar.
    const QColor ink = tone(Tone::secondary);
    const QPointF at((width() - 28) / 2.0, (kLogoHeight - 24) / 2.0);
    for (const QRectF& bar : {QRectF(2, 3, 24, 4), QRectF(2, 17, 24, 4), QRectF(6, 7, 3, 10), QRectF(12.5, 7, 3, 10), QRectF(19, 7, 3, 10)})
        painter.fillRect(bar.translated(at), ink);
}

} // namespace busbar::views
