#include "widgets/views/parts/ask_file.h"

#include <QFileDialog>
#include <QFileInfo>

namespace busbar::views {

namespace {

void ask(QFileDialog* dialog, QWidget* parent, FileChosen chosen) {
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, std::move(chosen));
    dialog->open();
}

} // namespace

void askFileToWrite(QWidget* parent, const QString& title, const QString& path, const QString& filter, FileChosen chosen) {
    const QFileInfo proposed(path);
    auto* dialog = new QFileDialog(parent, title, proposed.path(), filter);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->selectFile(proposed.fileName());
    ask(dialog, parent, std::move(chosen));
}

void askFileToOpen(QWidget* parent, const QString& title, const QString& filter, FileChosen chosen) {
    auto* dialog = new QFileDialog(parent, title, {}, filter);
    dialog->setFileMode(QFileDialog::ExistingFile);
    ask(dialog, parent, std::move(chosen));
}

void askFolder(QWidget* parent, const QString& title, FileChosen chosen) {
    auto* dialog = new QFileDialog(parent, title);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    ask(dialog, parent, std::move(chosen));
}

} // namespace busbar::views
