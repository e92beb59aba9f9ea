// Completion scripts, made from the command line's own description so that they never differ from it.
#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"

#include <CLI/CLI.hpp>

#include <map>

namespace busbar::ctl {
namespace {

/// "" → words of the program, "pki issue" → words of that command: subcommands, options, fixed values.
using Words = std::map<std::string, std::vector<std::string>>;

void collect(const CLI::App& app, const std::string& path, const std::vector<std::string>& inherited, Words& words) {
    std::vector<std::string> options = inherited;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    std::vector<std::string>& here = words[path];
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        here.push_back(sub->get_name());
        collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), inherited.empty() ? options : inherited, words);
    }
    here.insert(here.end(), options.begin(), options.end());
}

// One shell function for bash; zsh loads it through bashcompinit.
std::string bashScript(const Words& words) {
    std::string text = "# busbarctl completion\n_busbarctl() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= word i\n"
                       "  case $prev in\n    --output|-o) COMPREPLY=($(compgen -W 'table json' -- \"$cur\")); return;;\n"
                       "    --at-deadline) COMPREPLY=($(compgen -W 'wait ask force' -- \"$cur\")); return;;\n"
                       "    --profile|-p) COMPREPLY=($(compgen -W \"$(busbarctl completion profiles 2>/dev/null)\" -- \"$cur\")); return;;\n"
                       "    --dir|--out) COMPREPLY=($(compgen -d -- \"$cur\")); return;;\n  esac\n"
                       "  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=${COMP_WORDS[i]}\n    case \"$path|$word\" in\n";
    for (const auto& [path, list] : words) {
        const auto space = path.rfind(' ');
        if (!path.empty()) text += fmt::format("      '{}|{}') path='{}';;\n", space == std::string::npos ? "" : path.substr(0, space), space == std::string::npos ? path : path.substr(space + 1), path);
    }
    text += "    esac\n  done\n  case $path in\n";
    for (const auto& [path, list] : words) text += fmt::format("    '{}') COMPREPLY=($(compgen -W '{}' -- \"$cur\"));;\n", path, fmt::join(list, " "));
    return text + "  esac\n}\ncomplete -F _busbarctl busbarctl\n";
}

std::string fishScript(const Words& words) {
    std::string text = "# busbarctl completion\ncomplete -c busbarctl -f\n";
    for (const auto& [path, list] : words) {
        std::string condition = path.empty() ? "__fish_use_subcommand" : "";
        for (std::size_t at = 0; !path.empty() && at <= path.size();) {
            const auto end = std::min(path.find(' ', at), path.size());
            condition += fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ", path.substr(at, end - at));
            at = end + 1;
        }
        for (const std::string& word : list)
            text += word.starts_with("--") ? fmt::format("complete -c busbarctl -n '{}' -l {}\n", condition, word.substr(2)) : fmt::format("complete -c busbarctl -n '{}' -a {}\n", condition, word);
    }
    return text + "complete -c busbarctl -l profile -s p -x -a '(busbarctl completion profiles 2>/dev/null)'\ncomplete -c busbarctl -l output -s o -x -a 'table json'\n";
}

Exit completion(const CLI::App& app, const Context& context, const std::string& shell) {
    if (shell == "profiles") {
        for (const std::string& name : transport::listProfiles()) context.print(name + "\n");
        return Exit::done;
    }
    Words words;
    collect(app, "", {}, words);
    if (shell == "fish")
        context.print(fishScript(words));
    else
        context.print((shell == "zsh" ? "#compdef busbarctl\nautoload -U +X bashcompinit && bashcompinit\n" : "") + bashScript(words));
    return Exit::done;
}

} // namespace

void addCompletion(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("completion", "Print a completion script: source <(busbarctl completion bash)");
    auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish (or 'profiles': their names)")->required()->check(CLI::IsMember({"bash", "zsh", "fish", "profiles"}));
    command->callback([&app, &context, shell] { context.command = [&app, &context, shell] { return completion(app, context, *shell); }; });
}

} // namespace busbar::ctl
