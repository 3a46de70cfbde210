using System.Globalization;

namespace KmsTools;

// Who may do what.
public static partial class Views
{
    private static readonly string[] s_dataKeys =
        ["GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext"];

    /// <summary>The operations of a row: all of them in one word, and names that have a pattern in policies as that pattern.</summary>
    /// <param name="access">The row, or null.</param>
    public static string Operations(KeyAccess? access)
    {
        if (access is null)
        {
            return "";
        }

        if (access.IsEverything && access.Operation.Length > 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"all {access.Operation.Length}");
        }

        IEnumerable<string> names = access.Operation;
        names = s_dataKeys.All(name => access.Operation.Contains(name)) ? names.Except(s_dataKeys).Append("GenerateDataKey*") : names;
        string[] sides = ["ReEncryptFrom", "ReEncryptTo"];
        names = sides.All(side => access.Operation.Contains(side)) ? names.Except(sides).Append("ReEncrypt*") : names;
        return List(names.Order(StringComparer.Ordinal));
    }

    /// <summary>Why, and on which condition keys of the call it depends.</summary>
    /// <param name="access">The row, or null.</param>
    public static string Grounds(KeyAccess? access) => access is null ? ""
        : access.DependsOn.IsEmpty ? Text(access.Reason)
        : $"{Text(access.Reason)}; depends on {List(access.DependsOn)}";
}
