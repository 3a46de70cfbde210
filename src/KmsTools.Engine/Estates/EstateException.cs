using System.Collections.Immutable;

namespace KmsTools.Estates;

/// <summary>An error in an estate.</summary>
/// <param name="Position">The position of the error.</param>
/// <param name="Message">The message. Never contains a secret.</param>
/// <param name="ErrorCode">The name of the AWS exception, where a call was or would be refused; null otherwise.</param>
/// <param name="Cause">The cause, where it is known.</param>
public sealed record EstateError(SourcePosition Position, string Message, string? ErrorCode = null, ErrorCause Cause = ErrorCause.None);

/// <summary>Thrown for an estate that cannot be applied.</summary>
public sealed class EstateException : Exception
{
    private const int MaxShown = 50;
    private const int MaxLength = 1000;

    /// <summary>Creates the exception.</summary>
    /// <param name="errors">All errors, in the order of the text.</param>
    /// <param name="innerException">The cause, or null.</param>
    public EstateException(IEnumerable<EstateError> errors, Exception? innerException = null)
        : this([.. errors.OrderBy(static error => error.Position.Line).ThenBy(static error => error.Position.Column)], innerException)
    {
    }

    private EstateException(ImmutableArray<EstateError> errors, Exception? innerException)
        : base(Text(errors, static error => $"({error.Position.Line},{error.Position.Column}): "), innerException) => Errors = errors;

    /// <summary>All errors, in the order of the text.</summary>
    public ImmutableArray<EstateError> Errors { get; }

    /// <summary>
    /// The message with the name of the file before each error, as in <c>estate.yaml(12,5): ...</c>. It shows the first 50 errors and, of
    /// each, 1,000 characters: the text may be untrusted.
    /// </summary>
    /// <param name="file">The name of the file.</param>
    public string Describe(string file) => Text(
        Errors,
        error => error.Position.Line == 0 ? $"{file}: " : $"{file}({error.Position.Line},{error.Position.Column}): ");

    private static string Text(ImmutableArray<EstateError> errors, Func<EstateError, string> place)
    {
        IEnumerable<string> lines = errors.Take(MaxShown).Select(error => place(error) + Shorten(error.Message));
        return string.Join(Environment.NewLine, (errors.Length - MaxShown) switch
        {
            <= 0 => lines,
            1 => lines.Append("One more error is not shown."),
            int more => lines.Append($"{more} more errors are not shown."),
        });
    }

    private static string Shorten(string message)
    {
        if (message.Length <= MaxLength)
        {
            return message;
        }

        int length = char.IsHighSurrogate(message[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return message[..length] + "...";
    }
}
