using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.WebConsole.Pages.KeyStores;

/// <summary>Passwords and PINs from forms.</summary>
internal static class FormSecret
{
    /// <summary>What was entered, as it is, in memory that is zeroed; null for nothing.</summary>
    public static Secret? Of(string? typed) => string.IsNullOrEmpty(typed) ? null : Secret.TakeOver(Encoding.UTF8.GetBytes(typed));

    /// <summary>What must be entered.</summary>
    /// <exception cref="ArgumentException">Nothing was.</exception>
    public static Secret Require(string? typed, string name) => Of(typed) ?? throw new ArgumentException($"Enter {name}.");
}
