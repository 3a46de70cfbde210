using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes places for events: the kinds of syslog, and files.</summary>
public sealed class EventSinkCompleter : LiveCompleter, IArgumentCompleter
{
    private static readonly Completion[] Kinds =
    [
        new("syslog:", "The syslog of this machine"),
        new("syslog+unix:/", "Another socket of a syslog"),
        new("syslog+tcp://", "A syslog server"),
        new("syslog+tls://", $"A syslog server over TLS, whose port is {EventSinkPlace.DefaultTlsPort} if none is given"),
    ];

    IEnumerable<CompletionResult> IArgumentCompleter.CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters)
            .Concat(CompletionCompleters.CompleteFilename(wordToComplete ?? ""));

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) => Kinds;
}
