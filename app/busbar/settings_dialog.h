// The settings of the console: what they change takes effect at once and is remembered. GUI thread only.
#pragma once

#include "busbar/theme_choice.h"

#include <QDialog>

namespace busbar::console {

class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    SettingsDialog(ThemeChoice now, QWidget* parent);

Q_SIGNALS:
    void themeChosen(busbar::console::ThemeChoice choice);
};

} // namespace busbar::console
