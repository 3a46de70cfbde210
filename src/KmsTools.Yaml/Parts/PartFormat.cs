using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>
/// A part of an estate, or of another document: the table of its members, from which it is read and written and the schema is generated, and the rules
/// that concern more than one member.
/// </summary>
/// <param name="name">Its name in error messages and in the schema.</param>
/// <param name="description">Its description, for editors.</param>
internal abstract class PartFormat(string name, string description)
{
    /// <summary>Its name in error messages and in the schema.</summary>
    public string Name => name;

    /// <summary>The indefinite article of the name, at the beginning of a sentence.</summary>
    public string Article => "aeiou".Contains(name[0], StringComparison.Ordinal) ? "An" : "A";

    /// <summary>The members, in the order in which they are written.</summary>
    public abstract IReadOnlyList<MemberFormat> AllMembers { get; }

    /// <summary>The names of the members.</summary>
    public IReadOnlyList<string> MemberNames => field ??= [.. AllMembers.Select(static member => member.Name)];

    /// <summary>What to do if aliases repeat too much of a document that is this part.</summary>
    public virtual string HowToRepeatLess => "Use fewer of them.";

    /// <summary>Two members that exclude each other, or null.</summary>
    protected virtual (string First, string Second)? Either => null;

    /// <summary>The message unless exactly one member is given; null if any number is allowed.</summary>
    protected virtual string? OneOnly => null;

    /// <summary>
    /// The rules that concern more than one member as keywords of JSON Schema, in a JSON object; null if there are no rules except those
    /// above. The import checks whatever the part does not check itself.
    /// </summary>
    protected virtual string? Rules => null;

    /// <summary>The message for a member that the part does not have although a user may expect it, or null.</summary>
    public virtual (string Reason, ErrorCause Cause)? WhyNot(string member) => null;

    /// <summary>Adds the JSON Schema of the part.</summary>
    public void Describe(JsonObject schema)
    {
        schema["type"] = "object";
        schema["description"] = description;
        schema["additionalProperties"] = false;
        schema["properties"] = new JsonObject(
            AllMembers.Select(static member => KeyValuePair.Create<string, JsonNode?>(member.Name, member.Describe())));
        if (AllMembers.Any(static member => member.IsRequired))
        {
            schema["required"] = Names(AllMembers.Where(static member => member.IsRequired).Select(static member => member.Name));
        }

        if (Either is { } either)
        {
            schema["not"] = new JsonObject { ["required"] = Names([either.First, either.Second]) };
        }

        if (OneOnly is not null)
        {
            schema["minProperties"] = 1;
            schema["maxProperties"] = 1;
        }

        foreach ((string keyword, JsonNode? rule) in JsonNode.Parse(Rules ?? "{}")!.AsObject())
        {
            schema.Add(keyword, rule?.DeepClone());
        }
    }

    /// <summary>Checks the rules that all parts can have.</summary>
    private protected void CheckMembers(YamlObject given)
    {
        foreach (MemberFormat member in AllMembers.Where(static member => member.IsRequired))
        {
            given.Require(member.Name);
        }

        if (Either is { } either && given.Has(either.First) && given.Has(either.Second))
        {
            given.Error(given.PositionOf(either.Second), $"Give either {either.First} or {either.Second}.");
        }

        if (OneOnly is not null && given.Count != 1)
        {
            given.Error(given.Position, OneOnly);
        }
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(static name => JsonValue.Create(name))]);
}

/// <summary>A part of an estate.</summary>
/// <typeparam name="T">Its type in an estate.</typeparam>
/// <param name="name">Its name in error messages and in the schema.</param>
/// <param name="description">Its description, for editors.</param>
internal abstract class PartFormat<T>(string name, string description) : PartFormat(name, description)
    where T : class
{
    /// <summary>The table: the members, in the order in which they are written.</summary>
    public abstract IReadOnlyList<MemberFormat<T>> Members { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<MemberFormat> AllMembers => Members;

    /// <summary>Reads a part. Errors in a member are collected, and the member counts as absent.</summary>
    /// <param name="node">The part in the text.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <returns>The part, which can be used only if there were no errors; null if it cannot be created.</returns>
    public T? Read(YamlNode node, EstateErrors errors)
    {
        if (node is not YamlMap map)
        {
            errors.Add(new EstateError(
                node.Position,
                $"{Article} {Name} is a mapping with some of these members: {string.Join(", ", MemberNames)}."));
            return null;
        }

        YamlObject given = new(map, this, errors);
        CheckMembers(given);
        T part = Begin(given.Position);
        foreach (MemberFormat<T> member in Members)
        {
            part = member.Read(given, part);
        }

        return Check(given, part);
    }

    /// <summary>Writes a part, without its secrets.</summary>
    public void Write(YamlWriter writer, T part) => writer.Map(() =>
    {
        foreach (MemberFormat<T> member in Members)
        {
            member.Write(writer, part);
        }
    });

    /// <summary>A part of which nothing has been read yet. Required members are empty.</summary>
    /// <param name="position">Its position in the text.</param>
    protected abstract T Begin(SourcePosition position);

    /// <summary>Checks the rules that concern more than one member.</summary>
    /// <param name="given">The members in the text.</param>
    /// <param name="part">The part that was read from it.</param>
    /// <returns>The part; null if it cannot be created.</returns>
    protected virtual T? Check(YamlObject given, T part) => part;

    /// <summary>A member that is read and written.</summary>
    private protected static MemberFormat<T> Member<TValue>(
        string name, ValueFormat<TValue> format, Func<T, TValue?> get, Func<T, TValue, T> set, string description, bool isRequired = false)
        where TValue : class => new MemberFormat<T, TValue>(name, format, get, set, description, isRequired);

    /// <summary>A member that is a part, whose description is that of the part.</summary>
    private protected static MemberFormat<T> Member<TValue>(
        string name,
        SinglePartFormat<TValue> format,
        Func<T, TValue?> get,
        Func<T, TValue, T> set)
        where TValue : class => new MemberFormat<T, TValue>(name, format, get, set, null, isRequired: false);

    /// <summary>A member that is read and never written, because it is secret.</summary>
    private protected static MemberFormat<T> SecretMember<TValue>(
        string name, ValueFormat<TValue> format, Func<T, TValue, T> set, string? description)
        where TValue : class => new MemberFormat<T, TValue>(name, format, null, set, description, isRequired: false);
}
