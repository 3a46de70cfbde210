using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Reflection;

namespace KmsTools.Help;

/// <summary>The help of a parameter.</summary>
internal sealed record ParameterDescription(
    string Name,
    Type Type,
    string Summary,
    string[] Aliases,
    string Set,
    bool Mandatory,
    int? Position,
    bool ByValue,
    bool ByPropertyName,
    bool IsShared)
{
    public bool IsSwitch => Type == typeof(SwitchParameter);

    public string TypeName => DescribeType(Type);

    public string Pipeline => (ByValue, ByPropertyName) switch
    {
        (true, true) => "True (ByPropertyName, ByValue)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    private static string DescribeType(Type type) =>
        Nullable.GetUnderlyingType(type) is { } value ? DescribeType(value)
        : type.IsArray ? DescribeType(type.GetElementType()!) + "[]"
        : type.Name;
}

/// <summary>
/// A cmdlet as its attributes and comments describe it. Attributes are read as data: the reference assembly of PowerShell, which is the
/// only one that a build has, stores nothing in attribute objects.
/// </summary>
internal sealed class CmdletDescription
{
    private const string AllSets = "__AllParameterSets";
    private const string CommonParameters = "KmsServiceCmdlet";
    private const string RegionParameter = "Region";

    public CmdletDescription(Type type, Documentation documentation)
    {
        CustomAttributeData cmdlet = Attribute(type, nameof(CmdletAttribute))!;
        Verb = (string)cmdlet.ConstructorArguments[0].Value!;
        Noun = (string)cmdlet.ConstructorArguments[1].Value!;
        Summary = documentation.Text(type, "summary");
        Remarks = documentation.Text(type, "remarks");
        Examples = [.. documentation.Examples(type)];
        Aliases = AliasesOf(type);
        SupportsShouldProcess = Named(cmdlet, "SupportsShouldProcess", false);
        Output = Attribute(type, nameof(OutputTypeAttribute)) is { } output
            ? [.. ((ReadOnlyCollection<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!).Select(
                static argument => (argument.Value as Type)?.FullName ?? (string)argument.Value!)]
            : [];
        Parameters = [.. type.GetProperties().SelectMany(property => Describe(property, documentation))];
    }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    public string Summary { get; }

    public string Remarks { get; }

    public Example[] Examples { get; }

    public string[] Aliases { get; }

    public bool SupportsShouldProcess { get; }

    public string[] Output { get; }

    public ParameterDescription[] Parameters { get; }

    /// <summary>The gaps in the documentation.</summary>
    public IEnumerable<string> Gaps
    {
        get
        {
            if (Summary.Length == 0)
            {
                yield return $"{Name} has no summary.";
            }

            if (Examples.Length == 0 || Examples.Any(static example => example.Code.Length == 0 || example.Text.Length == 0))
            {
                yield return $"{Name} has no example, or one without code or text.";
            }

            foreach (ParameterDescription parameter in Parameters.Where(static parameter => parameter.Summary.Length == 0))
            {
                yield return $"{Name} -{parameter.Name} has no summary.";
            }
        }
    }

    /// <summary>The parameter sets, with the parameters of each in the order of the syntax.</summary>
    public IEnumerable<ParameterDescription[]> Sets
    {
        get
        {
            string[] names = [.. Parameters.Select(static parameter => parameter.Set).Where(static set => set != AllSets).Distinct()];
            return (names.Length == 0 ? [AllSets] : names).Select(name => Parameters
                .Where(parameter => parameter.Set == name || parameter.Set == AllSets)
                .Where(static parameter => !parameter.IsShared)
                .OrderBy(static parameter => parameter.Position ?? int.MaxValue)
                .ThenByDescending(static parameter => parameter.Mandatory)
                .ToArray());
        }
    }

    public static bool IsCmdlet(Type type) => !type.IsAbstract && Attribute(type, nameof(CmdletAttribute)) is not null;

    private static IEnumerable<ParameterDescription> Describe(PropertyInfo property, Documentation documentation)
    {
        foreach (CustomAttributeData attribute in property.CustomAttributes
            .Where(static attribute => attribute.AttributeType.Name == nameof(ParameterAttribute)))
        {
            int position = Named(attribute, "Position", int.MinValue);
            yield return new ParameterDescription(
                property.Name,
                property.PropertyType,
                documentation.Summary(property),
                AliasesOf(property),
                Named(attribute, "ParameterSetName", AllSets),
                Named(attribute, "Mandatory", false),
                position == int.MinValue ? null : position,
                Named(attribute, "ValueFromPipeline", false),
                Named(attribute, "ValueFromPipelineByPropertyName", false),
                property.DeclaringType!.Name == CommonParameters && property.Name != RegionParameter);
        }
    }

    private static CustomAttributeData? Attribute(MemberInfo member, string name) =>
        member.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.Name == name);

    private static T Named<T>(CustomAttributeData attribute, string name, T absent) =>
        attribute.NamedArguments.Where(argument => argument.MemberName == name).Select(static argument => (T)argument.TypedValue.Value!)
            .FirstOrDefault(absent);

    private static string[] AliasesOf(MemberInfo member) => Attribute(member, nameof(AliasAttribute)) is { } alias
        ? [.. ((ReadOnlyCollection<CustomAttributeTypedArgument>)alias.ConstructorArguments[0].Value!).Select(
            static argument => (string)argument.Value!)]
        : [];
}
