namespace KmsTools.WebConsole.Problems;

/// <summary>What the URL of a page names is not there, or no longer: answered with 404.</summary>
internal sealed class MissingException : Exception
{
    public MissingException()
    {
    }

    public MissingException(string message)
        : base(message)
    {
    }

    public MissingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
