// "?": all keys of the window, grouped, as they stand in its command list. GUI thread only.
#pragma once

#include <QDialog>

namespace busbar::views {

class Commands;

class KeysSheet : public QDialog {
    Q_OBJECT
public:
    KeysSheet(const Commands& commands, QWidget* parent);
};

} // namespace busbar::views
