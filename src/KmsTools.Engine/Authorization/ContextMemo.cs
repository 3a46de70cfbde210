namespace KmsTools.Authorization;

/// <summary>
/// The values that a decision has asked for. Statements of a policy ask for the same few keys again and again, and a context may have to
/// compute them. For one thread.
/// </summary>
internal sealed class ContextMemo(IRequestContext context)
{
    private const int MaxKeys = 16;

    private readonly string[] _keys = new string[MaxKeys];
    private readonly ConditionValues?[] _values = new ConditionValues?[MaxKeys];
    private int _count;

    /// <summary>The context whose values these are.</summary>
    public IRequestContext Context => context;

    /// <inheritdoc cref="IRequestContext.Find"/>
    public ConditionValues? Find(string key)
    {
        // A few keys are found sooner by looking at each than by a hash.
        for (int i = 0; i < _count; i++)
        {
            if (_keys[i] == key)
            {
                return _values[i];
            }
        }

        ConditionValues? values = context.Find(key) is { Values.IsDefaultOrEmpty: false } found ? found : null;
        if (_count < MaxKeys)
        {
            _keys[_count] = key;
            _values[_count++] = values;
        }

        return values;
    }
}
