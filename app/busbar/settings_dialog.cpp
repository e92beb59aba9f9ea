#include "busbar/settings_dialog.h"

#include "session/profiles.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QRadioButton>
#include <QVBoxLayout>

namespace busbar::console {

using namespace busbar::views;

namespace {

QString themeTitle(ThemeChoice choice) {
    switch (choice) {
    case ThemeChoice::dark: return QStringLiteral("Dark");
    case ThemeChoice::light: return QStringLiteral("Light");
    case ThemeChoice::system: break;
    }
    return QStringLiteral("As the desktop was when Busbar started");
}

} // namespace

SettingsDialog::SettingsDialog(ThemeChoice now, QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("Settings"));
    auto* ground = new Surface(Tone::base, {}, this);
    ground->setFixedWidth(460);
    columnLayout(this)->addWidget(ground);
    auto* column = columnLayout(ground, 6);
    column->setContentsMargins(20, 14, 20, 14);
    column->addWidget(new Line(ground, {strong(QStringLiteral("Settings"), 16)}));
    column->addWidget(makeSection(QStringLiteral("Theme"), {}, ground));
    for (const ThemeChoice choice : {ThemeChoice::dark, ThemeChoice::light, ThemeChoice::system}) {
        auto* button = new QRadioButton(themeTitle(choice), ground);
        button->setObjectName(QStringLiteral("theme-") + toString(choice));
        button->setChecked(choice == now);
        connect(button, &QRadioButton::toggled, this, [this, choice](bool on) { if (on) Q_EMIT themeChosen(choice); });
        column->addWidget(button);
    }
    column->addWidget(makeSection(QStringLiteral("Profiles"), {}, ground));
    column->addWidget(new Paragraph(QStringLiteral("in %1/profiles, one file each; $BUSBAR_CONFIG names another folder. Ctrl+O opens another profile.").arg(toQt(session::configDirectory())), Tone::secondary, kDensePx, ground));
    column->addSpacing(8);
    column->addLayout(closeFoot(*this));
}

} // namespace busbar::console
