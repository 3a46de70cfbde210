using System.Globalization;

namespace KmsTools;

// Who may do what.
public static partial class Views
{
    private static readonly string[] s_dataKeys =
        ["GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext"];

    /// <summary>The operations of a row: all of them in one word, and names that have a pattern in policies as that pattern.</summary>
    /// <param name="access">The row, or null.</param>
    public static string Operations(object? access)
    {
        Shown shown = new(access);
        string[] operations = [.. shown[nameof(KeyAccess.Operation)].Items.Select(static operation => operation.Text ?? "")];
        if (shown[nameof(KeyAccess.IsEverything)].IsTrue && operations.Length > 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"all {operations.Length}");
        }

        IEnumerable<string> names = operations;
        names = s_dataKeys.All(name => operations.Contains(name)) ? names.Except(s_dataKeys).Append("GenerateDataKey*") : names;
        string[] sides = ["ReEncryptFrom", "ReEncryptTo"];
        names = sides.All(side => operations.Contains(side)) ? names.Except(sides).Append("ReEncrypt*") : names;
        return List(names.Order(StringComparer.Ordinal));
    }

    /// <summary>Why, and on which condition keys of the call it depends.</summary>
    /// <param name="access">The row, or null.</param>
    public static string Grounds(object? access)
    {
        Shown shown = new(access);
        Shown[] keys = shown[nameof(KeyAccess.DependsOn)].Items;
        return Text(shown[nameof(KeyAccess.Reason)].Text)
            + (keys.Length == 0 ? "" : $"; depends on {List(keys.Select(static key => key.Text))}");
    }
}
