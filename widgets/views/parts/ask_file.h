// Asks a person for a file or a folder. The question is a child of its window and waits without an event loop of its own: while one ran, its window
// could be deleted under the caller. GUI thread only.
#pragma once

#include <QString>

#include <functional>

class QWidget;

namespace busbar::views {

using FileChosen = std::function<void(const QString& path)>;

/// `path` is what is proposed. `chosen` is not called when the person cancels, or when `parent` goes first.
void askFileToWrite(QWidget* parent, const QString& title, const QString& path, const QString& filter, FileChosen chosen);
void askFileToOpen(QWidget* parent, const QString& title, const QString& filter, FileChosen chosen);
void askFolder(QWidget* parent, const QString& title, FileChosen chosen);

} // namespace busbar::views
