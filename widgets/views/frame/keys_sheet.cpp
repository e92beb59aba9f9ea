#include "widgets/views/frame/keys_sheet.h"

#include "widgets/views/frame/commands.h"
#include "widgets/views/parts/surface.h"

#include <QVBoxLayout>

namespace busbar::views {

KeysSheet::KeysSheet(const Commands& commands, QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("Keys"));
    auto* ground = new Surface(Tone::base, {}, this);
    columnLayout(this)->addWidget(ground);
    auto* column = columnLayout(ground, 8);
    column->setContentsMargins(20, 14, 20, 14);
    column->addWidget(new Line(ground, {strong(QStringLiteral("Keys"), 16), plain(QStringLiteral("no key starts an action: x opens its plan"), Tone::muted)}));
    QStringList groups;
    for (const auto& entry : commands.entries())
        if (!entry.keys.isEmpty() && !groups.contains(entry.group)) groups << entry.group;
    auto* blocks = rowLayout(nullptr, 32);
    for (const QString& group : groups) {
        auto* block = columnLayout(nullptr, 2);
        block->addWidget(makeSection(group, {}, ground));
        for (const auto& entry : commands.entries()) {
            if (entry.group != group || entry.keys.isEmpty()) continue;
            Run key = chip(keyCapText(entry.keys));
            key.mono = true;
            key.px = kCaptionPx;
            auto* line = new Line(ground, {key, plain(entry.title)});
            line->setLineHeight(24);
            block->addWidget(line);
        }
        block->addStretch(1);
        blocks->addLayout(block);
    }
    column->addLayout(blocks);
    column->addLayout(closeFoot(*this));
}

} // namespace busbar::views
