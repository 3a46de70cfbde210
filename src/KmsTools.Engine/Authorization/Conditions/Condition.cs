using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>A condition of a statement: one operator, one key, and the values that the policy gives.</summary>
internal sealed class Condition
{
    private readonly ConditionKey _key;
    private readonly ConditionOperator _operator;
    private readonly ImmutableArray<ValueMatcher> _matchers;
    private readonly bool? _always;

    /// <summary>A condition.</summary>
    /// <param name="operatorText">The operator as it is written.</param>
    /// <param name="keyText">The key as it is written.</param>
    /// <param name="expected">The values of the policy.</param>
    /// <param name="key">The key.</param>
    /// <param name="comparison">The operator; null when there is none of this name.</param>
    /// <param name="matchers">The values, compiled; without those that the operator cannot compare anything with.</param>
    /// <param name="isAllow">Whether the statement allows.</param>
    public Condition(
        string operatorText,
        string keyText,
        ImmutableArray<string> expected,
        ConditionKey key,
        ConditionOperator? comparison,
        ImmutableArray<ValueMatcher> matchers,
        bool isAllow)
    {
        (OperatorText, KeyText, Expected) = (operatorText, keyText, expected);
        (_key, _operator, _matchers) = (key, comparison ?? default, matchers);

        // What cannot be understood never becomes an allow, whatever it inverts, and an operator that does not exist spares nobody.
        bool isUnclear = comparison is null || !key.IsKnown || matchers.Length < expected.Length;
        _always = isUnclear && isAllow ? false : comparison is null ? true : null;
    }

    /// <summary>The operator as it is written.</summary>
    public string OperatorText { get; }

    /// <summary>The key as it is written.</summary>
    public string KeyText { get; }

    /// <summary>The values of the policy.</summary>
    public ImmutableArray<string> Expected { get; }

    /// <summary>The values of a call; null when it does not have the key.</summary>
    public ConditionValues? Actual(IRequestContext context) =>
        _key.NameInCalls is { } name && context.Find(name) is { Values.IsDefaultOrEmpty: false } values ? values : null;

    /// <summary>Whether it holds for a call.</summary>
    public bool Holds(IRequestContext context)
    {
        if (_always is { } always)
        {
            return always;
        }

        ConditionValues? actual = Actual(context);
        if (_operator.Comparison == Comparison.Null)
        {
            return MatchesAbsence(actual is null);
        }

        if (actual is null)
        {
            return _operator.IfExists || _operator.Qualifier switch
            {
                SetQualifier.ForAllValues => true,
                SetQualifier.ForAnyValue => false,
                _ => _operator.IsInverted,
            };
        }

        return _operator.Qualifier switch
        {
            SetQualifier.ForAllValues => HoldsForAll(actual.Values, context),
            SetQualifier.ForAnyValue => HoldsForAny(actual.Values, context),

            // AWS does not define what a key with many values means without a set operator. It does not fit.
            _ => !actual.IsMultiValued && actual.Values is [var value] && HoldsFor(value, context),
        };
    }

    private bool HoldsForAll(ImmutableArray<string> values, IRequestContext context)
    {
        foreach (string value in values)
        {
            if (!HoldsFor(value, context))
            {
                return false;
            }
        }

        return true;
    }

    private bool HoldsForAny(ImmutableArray<string> values, IRequestContext context)
    {
        foreach (string value in values)
        {
            if (HoldsFor(value, context))
            {
                return true;
            }
        }

        return false;
    }

    private bool HoldsFor(string value, IRequestContext context)
    {
        foreach (ValueMatcher matcher in _matchers)
        {
            if (matcher.Matches(value, context))
            {
                return !_operator.IsInverted;
            }
        }

        return _operator.IsInverted;
    }

    private bool MatchesAbsence(bool isAbsent)
    {
        foreach (ValueMatcher matcher in _matchers)
        {
            if (matcher.MatchesAbsence(isAbsent))
            {
                return true;
            }
        }

        return false;
    }
}
