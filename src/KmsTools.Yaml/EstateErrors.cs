using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The different errors of a text, at most a thousand: aliases can repeat one error often.</summary>
internal sealed class EstateErrors
{
    private const int MaxCount = 1000;

    private readonly HashSet<EstateError> _known = new();
    private readonly List<EstateError> _errors = new();

    /// <summary>The errors, in the order in which they were found.</summary>
    public IReadOnlyList<EstateError> All => _errors;

    /// <summary>Adds an error, unless it is known.</summary>
    public void Add(EstateError error)
    {
        if (_errors.Count < MaxCount && _known.Add(error))
        {
            _errors.Add(error);
        }
    }
}
