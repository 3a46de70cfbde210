using System.Globalization;
using System.Net;

namespace KmsTools.Authorization;

/// <summary>A value of a condition, compiled.</summary>
internal abstract class ValueMatcher
{
    /// <summary>Compiles a value; null when the operator cannot compare anything with it.</summary>
    /// <param name="text">The value in the policy.</param>
    /// <param name="condition">The operator.</param>
    /// <param name="hasVariables">Whether the document has policy variables.</param>
    /// <param name="form">What the policy is attached to.</param>
    public static ValueMatcher? Read(string text, ConditionOperator condition, bool hasVariables, PolicyForm form) =>
        condition.Comparison switch
        {
            Comparison.Text or Comparison.TextIgnoreCase or Comparison.Like => new TextMatcher(
                new TextPattern(PatternToken.Read(text, new PatternSyntax(condition.Comparison == Comparison.Like, hasVariables, form))),
                condition.Comparison == Comparison.TextIgnoreCase),
            Comparison.Arn => new ArnMatcher(ArnPattern.Read(text, hasVariables, form)),
            Comparison.Bool => new BoolMatcher(
                new TextPattern(PatternToken.Read(text, new PatternSyntax(HasWildcards: false, hasVariables, form)))),
            Comparison.Numeric => TryNumber(text, out decimal number) ? new NumberMatcher(number, condition.Ordering) : null,
            Comparison.Date => TryTime(text, out DateTimeOffset time) ? new TimeMatcher(time, condition.Ordering) : null,
            Comparison.IpAddress => TryNetwork(text, out IPNetwork network) ? new NetworkMatcher(network) : null,
            Comparison.Binary => TryBytes(text, out byte[] bytes) ? new BytesMatcher(bytes) : null,
            Comparison.Null => bool.TryParse(text, out bool isAbsent) ? new AbsenceMatcher(isAbsent) : null,
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, null),
        };

    /// <summary>Whether a value of a call fits.</summary>
    public abstract bool Matches(string value, IRequestContext context);

    /// <summary>Whether a key that the call has, or does not have, fits: the question of the operator Null.</summary>
    public virtual bool MatchesAbsence(bool isAbsent) => false;

    // A time is a number too: kms:ValidTo is compared by numeric operators in AWS's own examples.
    private static bool TryNumber(string text, out decimal number)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        bool isTime = TryIsoTime(text, out DateTimeOffset time);
        number = isTime ? (decimal)(time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond : 0;
        return isTime;
    }

    private static bool TryTime(string text, out DateTimeOffset time)
    {
        if (TryIsoTime(text, out time))
        {
            return true;
        }

        bool isSeconds = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal seconds)
            && seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        time = isSeconds ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : default;
        return isSeconds;
    }

    // The W3C profile of ISO 8601, from a month to a fraction of a second. A year alone would be a number of seconds.
    private static bool TryIsoTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text,
        [
            "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd", "yyyy-MM",
        ],
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out time);

    private static bool TryNetwork(string text, out IPNetwork network)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return TryBlock(text, out network);
        }

        bool isAddress = IPAddress.TryParse(text, out IPAddress? address);
        network = isAddress ? new IPNetwork(address!, address!.GetAddressBytes().Length * 8) : default;
        return isAddress;
    }

    // AWS accepts blocks with bits outside of their prefix, such as 10.1.2.3/8, and ignores these bits.
    private static bool TryBlock(string text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            return false;
        }

        byte[] bytes = address.GetAddressBytes();
        if (length > bytes.Length * 8)
        {
            return false;
        }

        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] = (byte)(bytes[bit / 8] & ~(0x80 >> (bit % 8)));
        }

        network = new IPNetwork(new IPAddress(bytes), length);
        return true;
    }

    private static bool TryBytes(string text, out byte[] bytes)
    {
        byte[] buffer = new byte[text.Length];
        bool isBase64 = Convert.TryFromBase64String(text, buffer, out int length);
        bytes = isBase64 ? buffer[..length] : [];
        return isBase64;
    }

    private static bool IsInOrder(int comparison, Ordering ordering) => ordering switch
    {
        Ordering.Less => comparison < 0,
        Ordering.LessOrEqual => comparison <= 0,
        Ordering.Greater => comparison > 0,
        Ordering.GreaterOrEqual => comparison >= 0,
        _ => comparison == 0,
    };

    private sealed class TextMatcher(TextPattern pattern, bool ignoreCase) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) => pattern.Matches(value, context, ignoreCase);
    }

    private sealed class ArnMatcher(ArnPattern pattern) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) => pattern.Matches(value, context);
    }

    private sealed class BoolMatcher(TextPattern pattern) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) =>
            bool.TryParse(value, out bool actual) && bool.TryParse(pattern.Text(context), out bool expected) && actual == expected;
    }

    private sealed class NumberMatcher(decimal expected, Ordering ordering) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) =>
            TryNumber(value, out decimal actual) && IsInOrder(actual.CompareTo(expected), ordering);
    }

    private sealed class TimeMatcher(DateTimeOffset expected, Ordering ordering) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) =>
            TryTime(value, out DateTimeOffset actual) && IsInOrder(actual.CompareTo(expected), ordering);
    }

    private sealed class NetworkMatcher(IPNetwork network) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) => IPAddress.TryParse(value, out IPAddress? address)
            && network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
    }

    private sealed class BytesMatcher(byte[] expected) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) =>
            TryBytes(value, out byte[] actual) && actual.AsSpan().SequenceEqual(expected);
    }

    private sealed class AbsenceMatcher(bool expected) : ValueMatcher
    {
        public override bool Matches(string value, IRequestContext context) => false;

        public override bool MatchesAbsence(bool isAbsent) => isAbsent == expected;
    }
}
