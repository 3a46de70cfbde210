using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace KmsTools.Commands;

/// <summary>What -Select chooses: the response, a member of it, or a parameter of the cmdlet.</summary>
internal sealed class Selection
{
    private readonly Func<object, object?> _choose;

    private Selection(Func<object, object?> choose, bool isParameter = false)
    {
        _choose = choose;
        IsParameter = isParameter;
    }

    /// <summary>Whether the value does not depend on the response.</summary>
    public bool IsParameter { get; }

    /// <summary>Reads an expression: <c>*</c>, a member with a dotted path, or <c>^Parameter</c>.</summary>
    /// <exception cref="ArgumentException">The member or parameter does not exist.</exception>
    public static Selection Parse(string expression, Type responseType, KmsServiceCmdlet cmdlet)
    {
        if (expression == "*")
        {
            return new Selection(static response => response);
        }

        if (expression.StartsWith('^'))
        {
            PropertyInfo parameter = FindParameter(cmdlet, expression[1..]) ?? throw Invalid(expression);
            return new Selection(_ => parameter.GetValue(cmdlet), isParameter: true);
        }

        return new Selection(FindPath(expression, responseType) ?? throw Invalid(expression));
    }

    /// <summary>The chosen value.</summary>
    public object? Choose(object response) => _choose(response);

    private static ArgumentException Invalid(string expression) => new(
        $"Invalid value '{expression}' for -Select: it is neither '*', nor a member of the response, nor '^' and a parameter of this "
            + "cmdlet.");

    private static PropertyInfo? FindParameter(KmsServiceCmdlet cmdlet, string name) =>
        Array.Find(cmdlet.GetType().GetProperties(), property =>
            property.IsDefined(typeof(ParameterAttribute))
            && property.DeclaringType != typeof(KmsServiceCmdlet)
            && (Same(property.Name, name)
                || property.GetCustomAttributes<AliasAttribute>().Any(alias => alias.AliasNames.Any(other => Same(other, name)))));

    private static Func<object, object?>? FindPath(string path, Type type)
    {
        List<PropertyInfo> members = new();
        foreach (string name in path.Split('.'))
        {
            if (Array.Find(ElementType(type).GetProperties(), property => Same(property.Name, name)) is not { } member)
            {
                return null;
            }

            members.Add(member);
            type = member.PropertyType;
        }

        return response => members.Aggregate<PropertyInfo, object?>(response, static (value, member) => Read(value, member));
    }

    private static object? Read(object? value, PropertyInfo member)
    {
        if (value is null)
        {
            return null;
        }

        if (member.DeclaringType!.IsInstanceOfType(value))
        {
            return member.GetValue(value);
        }

        return ((IEnumerable)value).Cast<object?>()
            .Where(static item => item is not null)
            .Select(item => member.GetValue(item))
            .SelectMany(static item => item is IEnumerable list and not string ? list.Cast<object?>() : [item])
            .Where(static item => item is not null)
            .ToArray();
    }

    private static Type ElementType(Type type) =>
        type != typeof(string) && type.GetInterfaces().Append(type).FirstOrDefault(static candidate =>
            candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>)) is { } sequence
            ? sequence.GetGenericArguments()[0]
            : type;

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
