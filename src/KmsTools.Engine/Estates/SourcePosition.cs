namespace KmsTools.Estates;

/// <summary>A place in the text that an estate was read from.</summary>
/// <param name="Line">Starts at 1; 0 for what was not read from a text.</param>
/// <param name="Column">Starts at 1; 0 for what was not read from a text.</param>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>A value, and where it was read.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="Position">Where it begins in the text.</param>
public sealed record Located<T>(T Value, SourcePosition Position = default)
{
    /// <summary>The value.</summary>
    public override string ToString() => Value?.ToString() ?? "";
}
