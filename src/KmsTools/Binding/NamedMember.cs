using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>The members of an object of the module, or of what JSON, CLIXML or a script has instead: a bag of properties, or a dictionary.</summary>
internal static class NamedMember
{
    private const string Deserialized = "Deserialized.";

    /// <summary>A property, or the entry of a dictionary, in any case; null if there is none.</summary>
    /// <param name="value">The object.</param>
    /// <param name="name">The name.</param>
    public static object? Of(PSObject value, string name) => Unwrap(
        value.BaseObject is not IDictionary entries ? value.Properties[name]?.Value
            : entries.Keys.OfType<string>().FirstOrDefault(key => key.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } present
                ? entries[present]
                : null);

    /// <summary>A value without what PowerShell has put around it.</summary>
    /// <param name="value">The value, or null.</param>
    public static object? Unwrap(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : value;

    /// <summary>Whether an object is only a bag of properties, as a script or JSON makes it, and not what is left of an object.</summary>
    /// <param name="value">The object.</param>
    public static bool IsBag(PSObject value) => value.BaseObject is PSCustomObject
        && value.TypeNames.FirstOrDefault()?.EndsWith(nameof(PSCustomObject), StringComparison.Ordinal) == true;

    /// <summary>The properties of a bag, whose names are case-sensitive.</summary>
    /// <param name="bag">The bag.</param>
    public static Hashtable TableOf(PSObject bag)
    {
        Hashtable table = new(StringComparer.Ordinal);
        foreach (PSPropertyInfo property in bag.Properties)
        {
            table[property.Name] = property.Value;
        }

        return table;
    }

    /// <summary>The type that an object had before it was written to CLIXML; null where it is not known here, or was not.</summary>
    /// <param name="value">The object.</param>
    public static Type? SerializedTypeOf(PSObject value) =>
        value.TypeNames.FirstOrDefault() is { } name && name.StartsWith(Deserialized, StringComparison.Ordinal)
            && LanguagePrimitives.TryConvertTo(name[Deserialized.Length..], out Type type)
                ? type
                : null;

    /// <summary>The name of the type of an object, also of one that came from CLIXML, without its namespace.</summary>
    /// <param name="value">The object.</param>
    public static string TypeOf(PSObject value)
    {
        string name = value.TypeNames.FirstOrDefault() ?? value.BaseObject.GetType().FullName!;
        name = name.StartsWith(Deserialized, StringComparison.Ordinal) ? name[Deserialized.Length..] : name;
        name = name.Split('`', '[')[0];
        return name[(name.LastIndexOf('.') + 1)..];
    }
}
