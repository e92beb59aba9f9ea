// Positions of splitters and widths, order and sorting of table columns inside a window, kept in the settings by object name: a splitter
// or table that has a name is remembered, one without is not. GUI thread only.
#pragma once

class QSettings;
class QWidget;

namespace busbar::console {

/// Under the settings' present group.
void saveLayout(const QWidget& window, QSettings& settings);
/// What is not there, or does not fit any more, stays as it is.
void restoreLayout(QWidget& window, QSettings& settings);

} // namespace busbar::console
